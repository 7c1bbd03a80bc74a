#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace noonmark::graph {

/// What an ONNX file may be at most. All counts include subgraphs and model-local functions.
struct Limits {
  std::uint64_t file_bytes = (2ull << 30) - 1;  ///< protobuf's own ceiling; larger models use external data
  std::uint64_t memory_bytes = 8ull << 30;      ///< estimated size of the decoded message
  std::size_t elements = 4'000'000;             ///< messages and strings in the file
  std::size_t nodes = 200'000;                  ///< after expanding functions at each call
  std::size_t tensors = 100'000;
  std::size_t depth = 12;                          ///< graphs within nodes, functions within functions
  std::size_t rank = 16;                           ///< dimensions of one tensor
  std::uint64_t tensor_bytes = 4ull << 30;         ///< one tensor, from its declared shape and type
  std::uint64_t total_tensor_bytes = 16ull << 30;  ///< all stored tensors
  /// Operator domains that the runner's ONNX Runtime brings itself. Functions defined in the model are allowed too.
  std::set<std::string, std::less<>> domains = {
      "", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc"};
};

/// Where tensors stored outside of the ONNX file are looked up. Paths are relative to the package directory.
/// Owner:   the caller. Threads: the caller's. Fails: read() as its implementation says.
class ExternalFiles {
 public:
  virtual ~ExternalFiles() = default;
  /// Bytes of a listed file; nothing when the package doesn't list it.
  virtual std::optional<std::uint64_t> size(std::string_view path) const = 0;
  /// `length` bytes from `offset`. Requires: within size(path).
  virtual core::Result<core::Bytes> read(std::string_view path, std::uint64_t offset, std::uint64_t length) const = 0;
};

/// A graph's input or output as declared. A dimension is a number, or a symbol ("batch"), or unknown ("").
struct Value {
  std::string name;
  std::string element_type;  ///< "float", "int64", … ONNX's names in lower case
  struct Dimension {
    std::int64_t size = -1;  ///< -1 = not fixed
    std::string symbol;
  };
  bool has_shape = false;
  std::vector<Dimension> shape;
};

/// What inspect() saw.
struct Report {
  std::vector<Value> inputs, outputs;
  std::map<std::string, std::int64_t> opsets;    ///< domain → version
  std::map<std::string, std::size_t> operators;  ///< "Conv", "com.microsoft:QLinearConv" → count
  std::size_t nodes = 0, tensors = 0, functions = 0, depth = 0;
  std::uint64_t parameters = 0;               ///< elements of stored tensors
  std::uint64_t tensor_bytes = 0;             ///< bytes of stored tensors
  std::set<std::string> external_files;       ///< package paths of tensor data
  std::vector<std::string> infinite_tensors;  ///< stored tensors with ±Inf (allowed: masks use it)
};

/// Checks one ONNX file without running it.
///
/// `path` is the file's place in the package ("unet/model.onnx"); external data is relative to its folder. `files` may
/// be null: then external data is refused. Sizes are judged from declared shapes before anything of that size is
/// allocated; stored weights are read once and must be numbers (NaN is refused, Inf is reported). Threads: a pure
/// function, apart from what `files` does. Fails: corrupt (malformed protobuf, data that doesn't fit its shape, NaN),
/// invalid (beyond a limit, foreign operator domain, function that calls itself, external data that isn't a plain
/// listed file). The message names node or tensor.
core::Result<Report> inspect(core::ByteView model, std::string_view path = "model.onnx",
                             const ExternalFiles* files = nullptr, const Limits& limits = {});

}  // namespace noonmark::graph
