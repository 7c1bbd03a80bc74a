#pragma once

#include <cstddef>
#include <cstdint>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "model/graph/inspect.h"

namespace noonmark::graph::internal {

/// What an encoded ModelProto will become when it is decoded.
struct WireCounts {
  std::size_t elements = 0;  ///< messages and strings
  std::size_t depth = 0;     ///< graphs within graphs
  std::uint64_t memory = 0;  ///< estimated bytes in memory
};

/// Walks the protobuf encoding (https://protobuf.dev/programming-guides/encoding) of an ONNX model without building it:
/// two bytes of file can become a message of hundreds of bytes, so counts are limited before protobuf allocates.
/// Fails: corrupt (not a well-formed message), invalid (beyond `limits`, training graphs).
core::Result<WireCounts> scan_wire(core::ByteView model, const Limits& limits);

}  // namespace noonmark::graph::internal
