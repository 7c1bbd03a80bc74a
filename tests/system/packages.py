"""Small packages, whole and broken, written without help of the program under test."""
import hashlib
import json
import pathlib
import struct


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, value):
    """One protobuf field: an int as varint, bytes or text with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor(name, dimensions, data):
    """onnx.TensorProto of floats: dims = 1, data_type = 2, name = 8, raw_data = 9."""
    return b"".join(field(1, size) for size in dimensions) + field(2, 1) + field(8, name) + field(9, data)


def value_info(name, dimensions):
    """onnx.ValueInfoProto: a float tensor of fixed shape."""
    shape = b"".join(field(1, field(1, size)) for size in dimensions)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


def onnx_model(weights=(1.0, 2.0), dimensions=None):
    """y = x + w. `dimensions` may lie about the size of w."""
    data = struct.pack(f"<{len(weights)}f", *weights)
    dimensions = dimensions or [len(weights)]
    node = field(1, "x") + field(1, "w") + field(2, "y") + field(4, "Add")
    graph = (field(1, node) + field(2, "g") + field(5, tensor("w", dimensions, data)) +
             field(11, value_info("x", [len(weights)])) + field(12, value_info("y", [len(weights)])))
    opset = field(1, "") + field(2, 17)
    return field(1, 8) + field(7, graph) + field(8, opset)


def digest(content):
    return hashlib.sha256(content).hexdigest()


def write_package(folder, files=None, listed=None, **changes):
    """A package directory with a true manifest; `listed` replaces its list of files, `changes` other members."""
    folder = pathlib.Path(folder)
    files = files or {"unet/model.onnx": onnx_model()}
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    manifest = {
        "format": 1, "name": "small", "version": "1.0.0", "task": "text-to-image", "parent": None,
        "description": "A package for tests.", "licence": "MIT", "author": None, "signature": None,
        "files": [{"path": path, "size": len(content), "sha256": digest(content)}
                  for path, content in sorted(files.items())],
        "runtime": {"intra_op_threads": 1, "graph_optimization": "all", "execution_provider": "cpu"},
        "defaults": {"steps": 4, "guidance_scale": 1.0, "width": 64, "height": 64, "scheduler": {}},
    }
    if listed is not None:
        manifest["files"] = listed
    manifest.update(changes)
    (folder / "noonmark.json").write_text(json.dumps(manifest))
    return folder


def file_entry(path, content=b""):
    return {"path": path, "size": len(content), "sha256": digest(content)}
