"""Writes the networks as ONNX in the folder layout of Stable Diffusion exports."""
import json
from pathlib import Path

import onnx
import torch

import model
from tokenizer import END, LENGTH, START, VOCABULARY, write_json


def export(pipeline, folder, reference):
    """`reference` gets inputs and outputs of each network, for check.mjs."""
    text_encoder, unet, decoder = pipeline.text_encoder, pipeline.unet, pipeline.decoder
    tokenizer = pipeline.tokenizer
    folder = Path(folder)
    for part in ("text_encoder", "unet", "vae_decoder", "scheduler"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    ids = torch.tensor([tokenizer(""), tokenizer("a red apple"), tokenizer("a panda, noto style")])
    latent = torch.randn(3, model.LATENT_CHANNELS, model.LATENT_SIZE, model.LATENT_SIZE)
    timestep = torch.tensor([9, 500, 999])
    write_json(reference, {
        "text_encoder": _save(text_encoder, {"input_ids": ids}, "last_hidden_state", folder / "text_encoder/model.onnx"),
        "unet": _save(
            unet, {"sample": latent, "timestep": timestep, "encoder_hidden_states": text_encoder(ids).detach()},
            "out_sample", folder / "unet/model.onnx"),
        "vae_decoder": _save(decoder, {"latent_sample": latent}, "sample", folder / "vae_decoder/model.onnx"),
    }, indent=None)

    write_json(folder / "text_encoder/config.json", {
        "_class_name": "CLIPTextModel", "vocab_size": VOCABULARY, "max_position_embeddings": LENGTH,
        "hidden_size": model.TEXT_WIDTH, "intermediate_size": 4 * model.TEXT_WIDTH,
        "num_hidden_layers": model.TEXT_LAYERS, "num_attention_heads": model.TEXT_HEADS, "hidden_act": "gelu",
        "bos_token_id": tokenizer.ids[START], "eos_token_id": tokenizer.ids[END], "pad_token_id": tokenizer.ids[END]})
    write_json(folder / "unet/config.json", {
        "_class_name": "UNet2DConditionModel", "sample_size": model.LATENT_SIZE, "in_channels": model.LATENT_CHANNELS,
        "out_channels": model.LATENT_CHANNELS, "block_out_channels": list(model.UNET_CHANNELS),
        "cross_attention_dim": model.TEXT_WIDTH, "time_cond_proj_dim": None})
    write_json(folder / "vae_decoder/config.json", {
        "_class_name": "AutoencoderKL", "sample_size": model.IMAGE_SIZE, "in_channels": 3, "out_channels": 3,
        "latent_channels": model.LATENT_CHANNELS, "scaling_factor": round(pipeline.scaling_factor, 6),
        "block_out_channels": [model.VAE_CHANNELS, model.VAE_CHANNELS, 2 * model.VAE_CHANNELS]})
    write_json(folder / "scheduler/scheduler_config.json", {
        "_class_name": "EulerDiscreteScheduler", "num_train_timesteps": model.TRAIN_TIMESTEPS,
        "beta_start": model.BETA_START, "beta_end": model.BETA_END, "beta_schedule": "scaled_linear",
        "prediction_type": "v_prediction", "timestep_spacing": "trailing", "steps_offset": 0})
    write_json(folder / "model_index.json", {
        "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.0",
        "scheduler": ["diffusers", "EulerDiscreteScheduler"], "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"],
        "vae_decoder": ["diffusers", "AutoencoderKL"]})


def export_encoder(encoder, folder, reference):
    """Adds vae_encoder to the model and to the reference. `encoder` gives means and log-variances in one tensor."""
    folder, reference = Path(folder), Path(reference)
    (folder / "vae_encoder").mkdir(exist_ok=True)
    torch.manual_seed(1)
    sample = torch.rand(2, 3, model.IMAGE_SIZE, model.IMAGE_SIZE) * 2 - 1
    listed = json.loads(reference.read_text()) if reference.exists() else {}
    listed["vae_encoder"] = _save(
        encoder, {"sample": sample}, "latent_parameters", folder / "vae_encoder/model.onnx")
    write_json(reference, listed, indent=None)
    write_json(folder / "vae_encoder/config.json", json.loads((folder / "vae_decoder/config.json").read_text()))
    index = json.loads((folder / "model_index.json").read_text())
    index["vae_encoder"] = ["diffusers", "AutoencoderKL"]
    write_json(folder / "model_index.json", index)


def _save(network, inputs, output, path):
    torch.onnx.export(
        network, tuple(inputs.values()), str(path), opset_version=17, input_names=list(inputs), output_names=[output],
        dynamic_axes={name: {0: "batch"} for name in [*inputs, output]})
    onnx.checker.check_model(onnx.load(str(path)))

    def listed(tensor):
        kind = "int64" if tensor.dtype == torch.int64 else "float32"
        return {"type": kind, "shape": list(tensor.shape), "values": tensor.flatten().tolist()}

    with torch.no_grad():
        result = network(*inputs.values())
    return {"inputs": {name: listed(tensor) for name, tensor in inputs.items()},
            "output": {"name": output} | listed(result)}
