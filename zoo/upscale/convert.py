#!/usr/bin/env python3
"""Turns the upscalers of @upscalerjs/esrgan-slim into ONNX packages: `python3 convert.py`.

The source takes and gives NHWC pictures with values up to 255; the packages take and give NCHW in [0, 1]. The factor
255 goes into the first kernel, its inverse into the last one, so that neither costs a node.
"""
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
SOURCE = HERE / ".data/node_modules/@upscalerjs/esrgan-slim/models"
SCALES = (2, 4)


def read_weights(folder, manifest):
    weights = {}
    for group in manifest:
        data, offset = b"".join((folder / path).read_bytes() for path in group["paths"]), 0
        for entry in group["weights"]:
            assert entry["dtype"] == "float32" and "quantization" not in entry
            size = int(np.prod(entry["shape"]))
            weights[entry["name"]] = np.frombuffer(data, "<f4", size, offset).reshape(entry["shape"])
            offset += 4 * size
        assert offset == len(data)
    return weights


class Graph:
    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, operator, inputs, output, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output


def add_convolution(graph, config, weights, source, gain, bias_gain):
    """A convolution whose borders are filled with zeros; the gains bring other units in or out."""
    name, side = config["name"], config["kernel_size"][0]
    assert config["strides"] == config["dilation_rate"] == [1, 1] and config["kernel_size"] == [side, side]
    assert config["activation"] == "linear" and config["use_bias"] and (config["padding"] == "same" or side == 1)
    kernel = weights[f"{name}/kernel"].transpose(3, 2, 0, 1) * np.float32(gain)
    bias = weights[f"{name}/bias"] * np.float32(bias_gain)
    return graph.node(
        "Conv", [source, graph.constant(f"{name}.weight", kernel), graph.constant(f"{name}.bias", bias)], name,
        kernel_shape=[side, side], pads=[side // 2] * 4)


class Reach:
    """How many input pixels to each side an output pixel depends on; a layer after the enlargement adds a fraction."""

    def __init__(self):
        self.at, self.scale = {}, {}

    def note(self, name, sources, more=0, enlarged=1):
        self.scale[name] = max(self.scale[source] for source in sources) * enlarged
        self.at[name] = max(self.at[source] for source in sources) + more / self.scale[name]


def convert_layers(layers, weights):
    """Returns the graph, the name of its result, the enlargement and the reach in input pixels."""
    graph, value, reach = Graph(), {}, Reach()
    for layer in layers:
        config, name, kind = layer["config"], layer["name"], layer["class_name"]
        sources = [node[0] for node in layer["inbound_nodes"][0]] if layer["inbound_nodes"] else []
        inputs = [value[source] for source in sources]
        if kind == "InputLayer":
            value[name], reach.at[name], reach.scale[name] = "image", 0, 1
            continue
        if kind == "Conv2D":
            first, last = inputs == ["image"], layer is layers[-1]
            value[name] = add_convolution(graph, config, weights, *inputs, gain=255 if first else 1 / 255 if last else 1,
                                          bias_gain=1 / 255 if last else 1)
            reach.note(name, sources, more=config["kernel_size"][0] // 2)
            continue
        if kind == "Activation" and config["activation"] == "relu":
            value[name] = graph.node("Relu", inputs, name)
        elif kind == "Concatenate":
            value[name] = graph.node("Concat", inputs, name, axis=1)
        elif kind == "Add" and len(inputs) == 2:
            value[name] = graph.node("Add", inputs, name)
        elif kind == "UpSampling2D" and config["interpolation"] == "nearest":
            sizes = graph.constant("enlargement", np.array([1, 1, *config["size"]], np.float32))
            value[name] = graph.node("Resize", [*inputs, "", sizes], name, mode="nearest",
                                     coordinate_transformation_mode="asymmetric", nearest_mode="floor")
        else:
            raise SystemExit(f"{kind} {name} is not supported")
        reach.note(name, sources, enlarged=config["size"][0] if kind == "UpSampling2D" else 1)
    return graph, value[name], reach.scale[name], reach.at[name]


def convert(scale):
    folder = SOURCE / f"x{scale}"
    model = json.loads((folder / "model.json").read_text())
    layers = model["modelTopology"]["model_config"]["config"]["layers"]
    graph, result, enlargement, reach = convert_layers(layers, read_weights(folder, model["weightsManifest"]))
    assert enlargement == scale
    graph.node("Clip", [result, graph.constant("zero", np.float32(0)), graph.constant("one", np.float32(1))], "upscaled")

    def pictures(name, height, width):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 3, height, width])

    network = helper.make_model(
        helper.make_graph(graph.nodes, f"esrgan_slim_x{scale}", [pictures("image", "height", "width")],
                          [pictures("upscaled", "upscaled_height", "upscaled_width")], graph.constants),
        opset_imports=[helper.make_opsetid("", 17)], producer_name="convert.py")
    network.ir_version = 8
    onnx.checker.check_model(network, full_check=True)
    target = HERE / f"model_x{scale}/upscaler"
    target.mkdir(parents=True, exist_ok=True)
    onnx.save(network, str(target / "model.onnx"))
    overlap = int(np.ceil(reach))
    (target / "config.json").write_text(json.dumps({"scale": scale, "overlap": overlap}, indent=2) + "\n")
    parameters = sum(int(np.prod(c.dims)) for c in graph.constants)
    print(f"x{scale}: {parameters} weights, {(target / 'model.onnx').stat().st_size} bytes, overlap {overlap}")


if __name__ == "__main__":
    for wanted in SCALES:
        convert(wanted)
