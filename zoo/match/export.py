"""Writes the two towers as ONNX, weights stored as float16, in the layout of CLIP exports."""
import json
import shutil

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

import towers
from tokenizer import END, LENGTH, START, VOCABULARY


def export(networks, encode, folder, tokenizer_folder, reference):
    """`reference` gets inputs and outputs of each tower, for check.mjs."""
    torch.manual_seed(0)
    ids = torch.tensor([encode(""), encode("a red apple"), encode("a panda, noto style, blue background")])
    pixels = torch.rand(3, 3, 64, 64)
    listed = {
        "text_model": save(networks.text, "input_ids", ids, "text_embeds", folder / "text_model/model.onnx"),
        "vision_model": save(networks.vision, "pixel_values", pixels, "image_embeds", folder / "vision_model/model.onnx")}
    reference.write_text(json.dumps(listed))
    (folder / "tokenizer").mkdir(exist_ok=True)
    for file in sorted(tokenizer_folder.iterdir()):
        shutil.copyfile(file, folder / "tokenizer" / file.name)
    (folder / "config.json").write_text(json.dumps({
        "_class_name": "MatchModel", "projection_dim": towers.WIDTH, "image_size": 64,
        "logit_scale": round(networks.log_scale.exp().item(), 4), "logit_bias": round(networks.bias.item(), 4),
        "text_config": {
            "vocab_size": VOCABULARY, "max_position_embeddings": LENGTH, "hidden_size": towers.TEXT_WIDTH,
            "num_hidden_layers": towers.TEXT_LAYERS, "num_attention_heads": towers.TEXT_HEADS,
            "bos_token_id": encode.ids[START], "eos_token_id": encode.ids[END], "pad_token_id": encode.ids[END]},
        "vision_config": {"image_size": 64, "num_channels": 3, "hidden_sizes": list(towers.CHANNELS)}},
        indent=2) + "\n")


def save(tower, input_name, given, output_name, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        tower, (given,), str(path), opset_version=17, input_names=[input_name], output_names=[output_name],
        dynamic_axes={input_name: {0: "batch"}, output_name: {0: "batch"}})
    network = store_as_float16(onnx.load(str(path)))
    onnx.checker.check_model(network)
    onnx.save(network, str(path))
    print(path.name, output_name, path.stat().st_size, "bytes")
    with torch.no_grad():
        wanted = tower(given)
    return {"input": {"name": input_name, "type": "int64" if given.dtype == torch.int64 else "float32",
                      "shape": list(given.shape), "values": given.flatten().tolist()},
            "output": {"name": output_name, "values": wanted.flatten().tolist()}}


def store_as_float16(network):
    """Large weights become float16 with a Cast behind each; a runtime folds it once when it loads the file."""
    casts, kept = [], []
    for weight in network.graph.initializer:
        values = numpy_helper.to_array(weight)
        if weight.data_type != TensorProto.FLOAT or values.size < 1024:
            kept.append(weight)
            continue
        kept.append(numpy_helper.from_array(values.astype(np.float16), weight.name + ".half"))
        casts.append(helper.make_node("Cast", [weight.name + ".half"], [weight.name], to=TensorProto.FLOAT))
    del network.graph.initializer[:]
    network.graph.initializer.extend(kept)
    nodes = [*casts, *network.graph.node]
    del network.graph.node[:]
    network.graph.node.extend(nodes)
    return network
