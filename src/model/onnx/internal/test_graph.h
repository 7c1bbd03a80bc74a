#pragma once

#include <string>
#include <string_view>

#include "base/core/bytes.h"
#include "model/onnx/data_type.h"

// Graphs for tests, written in protobuf's wire format by hand (field numbers from onnx.proto), because this folder may
// not see the protobuf classes.
namespace noonmark::onnx {

class WireMessage {
 public:
  WireMessage& number(unsigned field, std::uint64_t value) {
    varint(field << 3);
    varint(value);
    return *this;
  }
  WireMessage& text(unsigned field, std::string_view value) {
    varint((field << 3) | 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  WireMessage& message(unsigned field, const WireMessage& value) { return text(field, value.bytes_); }
  const std::string& bytes() const { return bytes_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

/// A float value [batch, 3] of that name.
inline WireMessage wire_value(std::string_view name, unsigned element) {
  const WireMessage batch = WireMessage().text(2, "batch");
  const WireMessage three = WireMessage().number(1, 3);
  const WireMessage shape = WireMessage().message(1, batch).message(1, three);
  const WireMessage tensor = WireMessage().number(1, element).message(2, shape);
  return WireMessage().text(1, name).message(2, WireMessage().message(1, tensor));
}

/// sum = x + y, each [batch, 3], float32 or float16. `operation` takes the place of Add.
inline core::Bytes add_graph(DataType dtype, std::string_view operation = "Add") {
  const unsigned element = dtype == DataType::float16 ? 10 : 1;
  const WireMessage node = WireMessage().text(1, "x").text(1, "y").text(2, "sum").text(4, operation);
  const WireMessage graph = WireMessage()
                                .message(1, node)
                                .text(2, "test")
                                .message(11, wire_value("x", element))
                                .message(11, wire_value("y", element))
                                .message(12, wire_value("sum", element));
  const WireMessage opset = WireMessage().text(1, "").number(2, 17);
  const WireMessage model = WireMessage().number(1, 8).message(7, graph).message(8, opset);
  const auto view = core::as_bytes(model.bytes());
  return {view.begin(), view.end()};
}

}  // namespace noonmark::onnx
