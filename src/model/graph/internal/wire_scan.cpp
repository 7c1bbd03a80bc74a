#include "model/graph/internal/wire_scan.h"

#include <algorithm>
#include <string>

namespace noonmark::graph::internal {
namespace {

/// Messages of the ONNX schema, as far as nesting goes.
enum class Kind {
  model,
  graph,
  node,
  attribute,
  tensor,
  sparse_tensor,
  function,
  value_info,
  type,
  tensor_type,
  container_type,
  shape,
  dimension,
  entry,
  annotation,
  default_attribute,
};

/// What a length-delimited field holds.
struct Content {
  enum class Form { text, numbers, message, refused } form = Form::text;
  Kind kind = Kind::entry;
};

constexpr Content text() { return {Content::Form::text, Kind::entry}; }
constexpr Content numbers() { return {Content::Form::numbers, Kind::entry}; }
constexpr Content message(Kind kind) { return {Content::Form::message, kind}; }
constexpr Content refused() { return {Content::Form::refused, Kind::entry}; }

// The numbers are ONNX's field numbers (onnx.proto, IR version 11); what isn't listed is kept by protobuf as bytes.
Content model_field(std::uint32_t field) {
  switch (field) {
    case 7:
      return message(Kind::graph);
    case 8:
    case 14:
      return message(Kind::entry);
    case 20:
      return refused();  // training graphs
    case 25:
      return message(Kind::function);
    default:
      return text();
  }
}

Content graph_field(std::uint32_t field) {
  switch (field) {
    case 1:
      return message(Kind::node);
    case 5:
      return message(Kind::tensor);
    case 11:
    case 12:
    case 13:
      return message(Kind::value_info);
    case 14:
      return message(Kind::annotation);
    case 15:
      return message(Kind::sparse_tensor);
    case 16:
      return message(Kind::entry);
    default:
      return text();
  }
}

Content node_field(std::uint32_t field) {
  if (field == 5) return message(Kind::attribute);
  return field == 9 ? message(Kind::entry) : text();
}

Content attribute_field(std::uint32_t field) {
  switch (field) {
    case 5:
    case 10:
      return message(Kind::tensor);
    case 6:
    case 11:
      return message(Kind::graph);
    case 7:
    case 8:
      return numbers();
    case 14:
    case 15:
      return message(Kind::type);
    case 22:
    case 23:
      return message(Kind::sparse_tensor);
    default:
      return text();
  }
}

/// Default values of a function's attributes: numbers and texts only, since older decoders don't see this field and
/// would leave tensors and graphs in it unchecked.
Content default_attribute_field(std::uint32_t field) {
  const Content content = attribute_field(field);
  return content.form == Content::Form::message ? refused() : content;
}

Content tensor_field(std::uint32_t field) {
  switch (field) {
    case 1:
    case 4:
    case 5:
    case 7:
    case 10:
    case 11:
      return numbers();
    case 3:
      return refused();  // segments
    case 13:
    case 16:
      return message(Kind::entry);
    default:
      return text();
  }
}

Content function_field(std::uint32_t field) {
  switch (field) {
    case 7:
      return message(Kind::node);
    case 9:
    case 14:
      return message(Kind::entry);
    case 11:
      return message(Kind::default_attribute);
    case 12:
      return message(Kind::value_info);
    default:
      return text();
  }
}

Content type_field(std::uint32_t field) {
  switch (field) {
    case 1:
    case 8:
      return message(Kind::tensor_type);
    case 4:
    case 5:
    case 9:
      return message(Kind::container_type);
    default:
      return text();
  }
}

Content content_of(Kind kind, std::uint32_t field) {
  switch (kind) {
    case Kind::model:
      return model_field(field);
    case Kind::graph:
      return graph_field(field);
    case Kind::node:
      return node_field(field);
    case Kind::attribute:
      return attribute_field(field);
    case Kind::default_attribute:
      return default_attribute_field(field);
    case Kind::tensor:
      return tensor_field(field);
    case Kind::sparse_tensor:
      return field == 3 ? numbers() : message(Kind::tensor);
    case Kind::function:
      return function_field(field);
    case Kind::value_info:
      return field == 2 ? message(Kind::type) : field == 4 ? message(Kind::entry) : text();
    case Kind::type:
      return type_field(field);
    case Kind::tensor_type:
      return field == 2 ? message(Kind::shape) : text();
    case Kind::container_type:
      return field == 1 || field == 2 ? message(Kind::type) : text();
    case Kind::shape:
      return field == 1 ? message(Kind::dimension) : text();
    case Kind::annotation:
      return field == 2 ? message(Kind::entry) : text();
    case Kind::dimension:
    case Kind::entry:
      return text();
  }
  return text();
}

constexpr std::uint64_t kMessageBytes = 256;  // generous sizeof of a generated message with its heap block
constexpr std::uint64_t kStringBytes = 64;
constexpr std::size_t kTypeDepth = 8;
constexpr std::size_t kMessageDepth = 90;  // protobuf itself stops at 100

class Scanner {
 public:
  explicit Scanner(const Limits& limits) : limits_(limits) {}

  core::Result<void> scan(core::ByteView bytes, Kind kind, std::size_t graphs, std::size_t types, std::size_t depth) {
    if (kind == Kind::graph) counts_.depth = std::max(counts_.depth, ++graphs);
    if (kind == Kind::type && ++types > kTypeDepth) return core::invalid("types are nested too deeply");
    if (graphs > limits_.depth || depth > kMessageDepth) {
      return core::invalid("graphs are nested more than " + std::to_string(limits_.depth) + " deep");
    }
    TRY(charge(kMessageBytes));
    while (!bytes.empty()) {
      const std::uint64_t tag = TRY(varint(bytes));
      const std::uint64_t field = tag >> 3;
      if (field == 0 || field > 0x1fffffff) return malformed();
      const core::ByteView content = TRY(value(bytes, tag & 7));
      if ((tag & 7) != 2) continue;
      TRY(enter(content, content_of(kind, static_cast<std::uint32_t>(field)), graphs, types, depth));
    }
    return {};
  }

  const WireCounts& counts() const { return counts_; }

 private:
  static core::Error malformed() {
    return core::corrupt("it isn't an ONNX model: the protobuf encoding is broken; export or fetch it again");
  }

  core::Result<void> charge(std::uint64_t bytes) {
    counts_.memory += bytes;
    if (++counts_.elements > limits_.elements) {
      return core::invalid("more than " + std::to_string(limits_.elements) + " elements");
    }
    if (counts_.memory > limits_.memory_bytes) {
      return core::invalid("decoding needs more than " + std::to_string(limits_.memory_bytes) + " bytes of memory");
    }
    return {};
  }

  core::Result<void> enter(core::ByteView content, Content what, std::size_t graphs, std::size_t types,
                           std::size_t depth) {
    switch (what.form) {
      case Content::Form::message:
        return scan(content, what.kind, graphs, types, depth + 1);
      case Content::Form::numbers:
        return charge(kStringBytes + 8 * content.size());  // a varint byte → 8 bytes
      case Content::Form::refused:
        return core::invalid(
            "it holds training graphs, tensor segments or default attributes with tensors; export it for inference");
      case Content::Form::text:
        break;
    }
    return charge(kStringBytes + content.size());
  }

  static core::Result<std::uint64_t> varint(core::ByteView& bytes) {
    std::uint64_t result = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (bytes.empty()) return malformed();
      const std::uint8_t byte = bytes.front();
      bytes = bytes.subspan(1);
      if (shift == 63 && byte > 1) return malformed();
      result |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
    return malformed();
  }

  /// The content of one field, taken off the front. Groups (wire types 3 and 4) don't occur in ONNX.
  core::Result<core::ByteView> value(core::ByteView& bytes, std::uint64_t wire_type) {
    std::uint64_t size = 0;
    if (wire_type == 0) {
      counts_.memory += 8;  // an unpacked repeated number
      const core::ByteView start = bytes;
      TRY(varint(bytes));
      return start.first(start.size() - bytes.size());
    }
    if (wire_type == 1)
      size = 8;
    else if (wire_type == 5)
      size = 4;
    else if (wire_type == 2)
      size = TRY(varint(bytes));
    else
      return malformed();
    if (size > bytes.size()) return malformed();
    const core::ByteView content = bytes.first(size);
    bytes = bytes.subspan(size);
    return content;
  }

  const Limits& limits_;
  WireCounts counts_;
};

}  // namespace

core::Result<WireCounts> scan_wire(core::ByteView model, const Limits& limits) {
  Scanner scanner(limits);
  TRY(scanner.scan(model, Kind::model, 0, 0, 0));
  return scanner.counts();
}

}  // namespace noonmark::graph::internal
