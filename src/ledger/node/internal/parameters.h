#pragma once

#include <optional>
#include <string>

#include "base/codec/json.h"
#include "base/core/bytes.h"
#include "base/core/result.h"
#include "ledger/book/types.h"

namespace noonmark::node::internal {

/// The positional parameters of one JSON-RPC call. A missing one and null are the same. Fails: invalid, with the place.
class Parameters {
 public:
  explicit Parameters(const codec::Json::Array& values) : values_(values) {}

  std::size_t size() const { return values_.size(); }
  bool has(std::size_t i) const { return i < values_.size() && !values_[i].is_null(); }
  core::Result<std::string> text(std::size_t i) const;
  core::Result<core::Bytes> bytes(std::size_t i) const;
  core::Result<std::optional<book::BlockHash>> hash(std::size_t i) const;
  /// A number, or one written as "0x…".
  core::Result<std::uint64_t> number(std::size_t i, std::uint64_t most) const;
  /// An array of byte strings.
  core::Result<std::vector<core::Bytes>> byte_strings(std::size_t i, std::size_t most) const;
  const codec::Json* at(std::size_t i) const { return has(i) ? &values_[i] : nullptr; }

 private:
  const codec::Json::Array& values_;
};

/// "0x…", with an even number of digits.
core::Result<core::Bytes> parse_hex0x(std::string_view text);

}  // namespace noonmark::node::internal
