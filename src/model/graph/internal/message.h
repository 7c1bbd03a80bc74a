#pragma once

#include <string>
#include <string_view>

// Debian's libonnx is built with these.
#ifndef ONNX_ML
#define ONNX_ML 1
#endif
#ifndef ONNX_NAMESPACE
#define ONNX_NAMESPACE onnx
#endif
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <onnx/onnx_pb.h>
#pragma GCC diagnostic pop

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "model/graph/inspect.h"

namespace noonmark::graph::internal {

/// Decodes a model within `limits`, after scan_wire(). Fails: corrupt, invalid.
core::Result<::onnx::ModelProto> decode_model(core::ByteView bytes, const Limits& limits);

/// Encodes deterministically. Fails: invalid (2 GiB and more).
core::Result<core::Bytes> encode_model(const ::onnx::ModelProto& model);

/// A foreign name fit for a message: quoted, printable, at most 80 characters.
std::string shown(std::string_view name);

/// "node 'x' (Conv)" for messages.
std::string shown(const ::onnx::NodeProto& node);

/// Bits of one element of ONNX's data type (TensorProto.DataType); 0 for strings, -1 for unknown types.
int bits_of(int data_type);

/// "float", "int8" …
std::string type_name(int data_type);

}  // namespace noonmark::graph::internal
