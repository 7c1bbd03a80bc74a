#include "model/graph/internal/message.h"

#include <limits>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "model/graph/internal/wire_scan.h"

namespace noonmark::graph::internal {

core::Result<::onnx::ModelProto> decode_model(core::ByteView bytes, const Limits& limits) {
  if (bytes.size() > limits.file_bytes || bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return core::invalid("it has " + std::to_string(bytes.size()) +
                         " bytes, more than allowed; move its weights to external data");
  }
  TRY(scan_wire(bytes, limits));
  ::google::protobuf::io::CodedInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
  stream.SetTotalBytesLimit(std::numeric_limits<int>::max());
  ::onnx::ModelProto model;
  if (!model.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) {
    return core::corrupt("it isn't an ONNX model: protobuf can't decode it; export or fetch it again");
  }
  return model;
}

core::Result<core::Bytes> encode_model(const ::onnx::ModelProto& model) {
  const std::size_t size = model.ByteSizeLong();
  if (size > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return core::invalid("the rewritten model has 2 GiB or more and can't be one ONNX file");
  }
  core::Bytes bytes(size);
  ::google::protobuf::io::ArrayOutputStream array(bytes.data(), static_cast<int>(size));
  ::google::protobuf::io::CodedOutputStream stream(&array);
  stream.SetSerializationDeterministic(true);
  if (!model.SerializeToCodedStream(&stream)) return core::internal("protobuf can't encode the model");
  return bytes;
}

std::string shown(std::string_view name) {
  std::string text = "'";
  for (const char c : name.substr(0, 80)) text += (c >= 0x20 && c != 0x7f) ? c : '?';
  return text + (name.size() > 80 ? "…'" : "'");
}

std::string shown(const ::onnx::NodeProto& node) {
  const std::string& name = !node.name().empty() || node.output().empty() ? node.name() : node.output(0);
  return "node " + shown(name) + " (" + node.op_type().substr(0, 40) + ")";
}

int bits_of(int data_type) {
  switch (data_type) {
    case 1:
    case 6:
    case 12:
      return 32;  // float, int32, uint32
    case 2:
    case 3:
    case 9:
      return 8;  // uint8, int8, bool
    case 4:
    case 5:
    case 10:
    case 16:
      return 16;  // uint16, int16, float16, bfloat16
    case 7:
    case 11:
    case 13:
    case 14:
      return 64;  // int64, double, uint64, complex64
    case 8:
      return 0;  // string
    case 15:
      return 128;  // complex128
    case 17:
    case 18:
    case 19:
    case 20:
      return 8;  // float8 variants
    case 21:
    case 22:
    case 23:
      return 4;  // uint4, int4, float4
    default:
      return -1;
  }
}

std::string type_name(int data_type) {
  static const char* const names[] = {"undefined",      "float",    "uint8",        "int8",           "uint16",
                                      "int16",          "int32",    "int64",        "string",         "bool",
                                      "float16",        "double",   "uint32",       "uint64",         "complex64",
                                      "complex128",     "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2",
                                      "float8e5m2fnuz", "uint4",    "int4",         "float4e2m1"};
  if (data_type < 0 || data_type > 23) return "unknown";
  return names[data_type];
}

}  // namespace noonmark::graph::internal
