"""Writes the model as ONNX in the layout of optimum's exports for cached decoding, weights stored as float16."""
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

import model
from tokenizer import END, START, TEXT_END


class Cached(nn.Module):
    """The model with its cache as separate inputs."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, input_ids, attention_mask, position_ids, *past):
        return self.network(input_ids, attention_mask, position_ids, list(past))


def past_names(kind):
    return [f"{kind}.{i}.{part}" for i in range(model.LAYERS) for part in ("key", "value")]


def export(network, encode, folder, reference):
    """`reference` gets ids and logits for check.mjs."""
    folder = Path(folder)
    ids = torch.tensor([encode.turn("user", "What is a cat?") + encode.turn("assistant", "", closed=False)] * 2)
    past = [torch.zeros(2, model.HEADS, 3, model.WIDTH // model.HEADS)] * (2 * model.LAYERS)
    mask = torch.ones(2, ids.shape[1] + 3, dtype=torch.long)
    positions = torch.arange(3, ids.shape[1] + 3).expand(2, -1)
    names = ["input_ids", "attention_mask", "position_ids", *past_names("past_key_values")]
    axes = {"input_ids": {0: "batch_size", 1: "sequence_length"}, "position_ids": {0: "batch_size", 1: "sequence_length"},
            "attention_mask": {0: "batch_size", 1: "past_sequence_length + sequence_length"},
            "logits": {0: "batch_size", 1: "sequence_length"}}
    axes |= {name: {0: "batch_size", 2: "past_sequence_length"} for name in past_names("past_key_values")}
    axes |= {name: {0: "batch_size", 2: "past_sequence_length + sequence_length"} for name in past_names("present")}
    path = folder / "model.onnx"
    torch.onnx.export(Cached(network), (ids, mask, positions, *past), str(path), opset_version=17, input_names=names,
                      output_names=["logits", *past_names("present")], dynamic_axes=axes)
    graph = store_as_float16(onnx.load(str(path)))
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path))
    write_configs(encode, folder)
    whole = torch.arange(ids.shape[1])[None]
    with torch.no_grad():
        logits = network(ids[:1], torch.ones_like(ids[:1]), whole)[0]
    reference.write_text(json.dumps({"ids": ids[0].tolist(), "logits": logits[0].flatten().tolist()}))


def store_as_float16(graph):
    """Large weights become float16 with a Cast behind each; a runtime folds it once when it loads the file."""
    casts, kept = [], []
    for weight in graph.graph.initializer:
        values = numpy_helper.to_array(weight)
        if weight.data_type != TensorProto.FLOAT or values.size < 1024:
            kept.append(weight)
            continue
        kept.append(numpy_helper.from_array(values.astype(np.float16), weight.name + ".half"))
        casts.append(helper.make_node("Cast", [weight.name + ".half"], [weight.name], to=TensorProto.FLOAT))
    del graph.graph.initializer[:]
    graph.graph.initializer.extend(kept)
    nodes = [*casts, *graph.graph.node]
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)
    return graph


def write_configs(encode, folder):
    end = [encode.ids[END], encode.ids[TEXT_END]]
    (folder / "config.json").write_text(json.dumps({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": len(encode.ids),
        "hidden_size": model.WIDTH, "intermediate_size": model.INNER, "num_hidden_layers": model.LAYERS,
        "num_attention_heads": model.HEADS, "num_key_value_heads": model.HEADS,
        "max_position_embeddings": model.POSITIONS, "rope_theta": model.ROPE_THETA, "hidden_act": "silu",
        "rms_norm_eps": 1e-5, "tie_word_embeddings": True, "bos_token_id": encode.ids[START], "eos_token_id": end[0],
        "pad_token_id": end[1]}, indent=2) + "\n")
    (folder / "generation_config.json").write_text(json.dumps(
        {"eos_token_id": end, "pad_token_id": end[1], "max_new_tokens": 64}, indent=2) + "\n")
