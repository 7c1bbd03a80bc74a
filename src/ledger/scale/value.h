#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/scale/codec.h"
#include "ledger/scale/metadata.h"

namespace noonmark::scale {

/// A value that was read by its type. A tree; small.
struct Value {
  enum class Kind { number, boolean, text, bytes, list, fields, variant } kind = Kind::fields;
  U128 number;  ///< number: unsigned, up to 128 bits; signed ones as two's complement of their width.
  bool boolean = false;
  std::string text;                ///< text; of a variant its name
  core::Bytes bytes;               ///< Vec<u8>, [u8; n], and numbers of 256 bits
  std::uint8_t index = 0;          ///< variant
  std::vector<std::string> names;  ///< fields, variant: of the items; empty names in tuples
  std::vector<Value> items;        ///< list, fields, variant

  /// The field of that name, or nullptr.
  const Value* find(std::string_view name) const;
  /// The only item of a wrapper struct, as deep as it goes; else the value itself.
  const Value& inner() const;
};

/// Reads a value of `type`. Bounded by the bytes there are: at most 64 levels and 65536 values without bytes.
/// Fails: invalid.
core::Result<Value> decode_value(const Metadata& metadata, TypeId type, Reader& reader);

}  // namespace noonmark::scale
