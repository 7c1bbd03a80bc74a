#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/graph/inspect.h"
#include "model/graph/internal/message.h"

namespace noonmark::graph::internal {

/// Bytes that a tensor of this type and shape takes. Fails: invalid (negative or overflowing shape, unknown type, rank
/// or size beyond the limits). Allocates nothing.
core::Result<std::uint64_t> declared_bytes(int data_type, const ::google::protobuf::RepeatedField<std::int64_t>& shape,
                                           const Limits& limits);

/// Elements of a shape that declared_bytes() accepted.
std::uint64_t element_count(const ::google::protobuf::RepeatedField<std::int64_t>& shape);

/// Where a tensor's bytes lie outside of the model.
struct ExternalData {
  std::string path;  ///< within the package
  std::uint64_t offset = 0, length = 0;
};

/// Checks stored tensors: declared size, stored size, external data, numbers.
class TensorCheck {
 public:
  /// `path` is the model's place in the package.
  TensorCheck(std::string_view path, const ExternalFiles* files, const Limits& limits)
      : path_(path), files_(files), limits_(limits) {}

  /// Adds to `report`. `where` names the tensor in messages. Fails: as inspect().
  core::Result<void> check(const ::onnx::TensorProto& tensor, const std::string& where, Report& report) const;

  /// The plain, listed file that an external tensor of `bytes` bytes lies in.
  core::Result<ExternalData> locate(const ::onnx::TensorProto& tensor, std::uint64_t bytes) const;

 private:
  core::Result<void> check_content(const ::onnx::TensorProto& tensor, std::uint64_t bytes, const std::string& where,
                                   Report& report) const;

  std::string_view path_;
  const ExternalFiles* files_;
  const Limits& limits_;
};

}  // namespace noonmark::graph::internal
