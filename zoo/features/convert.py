#!/usr/bin/env python3
"""Turns the MobileNetV2 of nsfwjs into a feature extractor: `python3 convert.py`.

The classifier is dropped; four intermediate activations become the outputs.
Weights keep their 8-bit codes and expand when a session loads the file.
"""
import base64
import json
import subprocess
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
SOURCE = HERE / ".data/node_modules/nsfwjs/dist/models/mobilenet_v2"
TARGET = HERE / "features.onnx"
TAPS = {"block_2_add": ("stride4", 24), "block_5_add": ("stride8", 32),
        "block_12_add": ("stride16", 96), "out_relu": ("stride32", 1280)}


def read_module(name):
    """The value that a JavaScript module of the package exports."""
    script = f"process.stdout.write(JSON.stringify(require({json.dumps(str((SOURCE / name).resolve()))})))"
    return json.loads(subprocess.run(["node", "-e", script], check=True, capture_output=True).stdout)


class Weights:
    """8-bit codes with one scale and one minimum per tensor: value = code * scale + minimum."""

    def __init__(self, manifest, data):
        self.entries, offset = {}, 0
        for entry in manifest:
            quantization = entry["quantization"]
            assert quantization["dtype"] == "uint8"
            size = int(np.prod(entry["shape"]))
            codes = np.frombuffer(data, np.uint8, size, offset).reshape(entry["shape"])
            self.entries[entry["name"]] = codes, quantization["scale"], quantization["min"]
            offset += size
        assert offset == len(data)

    def codes(self, name):
        return self.entries[name]

    def values(self, name):
        codes, scale, minimum = self.entries[name]
        return codes * np.float64(scale) + minimum


class Graph:
    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, operator, inputs, output, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output


def add_convolution(graph, weights, layer, norm, source, pads):
    """A convolution with its batch normalisation folded into scale, minimum and bias."""
    config, name = layer["config"], layer["name"]
    depthwise = layer["class_name"] == "DepthwiseConv2D"
    assert not config["use_bias"] and config["activation"] == "linear"
    codes, scale, minimum = weights.codes(f"{name}/{'depthwise_kernel' if depthwise else 'kernel'}")
    codes = codes.transpose(2, 3, 0, 1) if depthwise else codes.transpose(3, 2, 0, 1)

    gain = weights.values(f"{norm['name']}/gamma") / np.sqrt(
        weights.values(f"{norm['name']}/moving_variance") + norm["config"]["epsilon"])
    bias = weights.values(f"{norm['name']}/beta") - weights.values(f"{norm['name']}/moving_mean") * gain
    per_channel = gain.reshape(-1, 1, 1, 1)
    graph.node("Cast", [graph.constant(f"{name}.codes", codes)], f"{name}.float", to=TensorProto.FLOAT)
    graph.node("Mul", [f"{name}.float", graph.constant(f"{name}.scale", np.float32(scale * per_channel))], f"{name}.scaled")
    graph.node("Add", [f"{name}.scaled", graph.constant(f"{name}.minimum", np.float32(minimum * per_channel))], f"{name}.weight")

    if config["padding"] == "same":
        assert config["strides"] == [1, 1]
        pads = [(k - 1) // 2 for k in codes.shape[2:]] * 2
    return graph.node(
        "Conv", [source, f"{name}.weight", graph.constant(f"{name}.bias", np.float32(bias))], name,
        strides=config["strides"], kernel_shape=codes.shape[2:], pads=pads, group=len(codes) if depthwise else 1)


def convert():
    model = read_module("model.min.js")
    text = read_module("group1-shard1of1.min.js")
    weights = Weights(model["weightsManifest"][0]["weights"], base64.b64decode(text))
    layers = model["modelTopology"]["model_config"]["config"]["layers"]
    norms = {layer["inbound_nodes"][0][0][0]: layer for layer in layers if layer["class_name"] == "BatchNormalization"}

    graph, value, padding = Graph(), {}, {}
    six, zero = graph.constant("six", np.float32(6)), graph.constant("zero", np.float32(0))
    for layer in layers:
        name, kind = layer["name"], layer["class_name"]
        sources = [value[node[0]] for node in layer["inbound_nodes"][0]] if layer["inbound_nodes"] else []
        if kind == "InputLayer":
            value[name] = "image"
        elif kind == "ZeroPadding2D":
            (top, bottom), (left, right) = layer["config"]["padding"]
            value[name], padding[name] = sources[0], [top, left, bottom, right]
        elif kind in ("Conv2D", "DepthwiseConv2D"):
            pads = padding.get(layer["inbound_nodes"][0][0][0], [0, 0, 0, 0])
            value[name] = add_convolution(graph, weights, layer, norms[name], sources[0], pads)
        elif kind == "BatchNormalization":
            value[name] = sources[0]
        elif kind == "ReLU":
            assert layer["config"]["max_value"] == 6
            value[name] = graph.node("Clip", [sources[0], zero, six], TAPS.get(name, (name,))[0])
        elif kind == "Add":
            value[name] = graph.node("Add", sources, TAPS.get(name, (name,))[0])
        else:
            raise SystemExit(f"{kind} is not supported")
        if name == list(TAPS)[-1]:
            break

    outputs = [
        helper.make_tensor_value_info(tap, TensorProto.FLOAT, ["batch", channels, f"height_{tap[6:]}", f"width_{tap[6:]}"])
        for tap, channels in TAPS.values()]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, "height", "width"])
    network = helper.make_model(
        helper.make_graph(graph.nodes, "mobilenet_v2_features", [image], outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", 17)], producer_name="convert.py")
    network.ir_version = 8
    onnx.checker.check_model(network, full_check=True)
    onnx.save(network, str(TARGET))
    print(TARGET.name, TARGET.stat().st_size, "bytes")


if __name__ == "__main__":
    convert()
