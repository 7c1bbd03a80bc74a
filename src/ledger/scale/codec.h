#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace noonmark::scale {

/// 128 bits, for balances of other chains and IP addresses.
struct U128 {
  std::uint64_t low = 0, high = 0;
  auto operator<=>(const U128&) const = default;
};

/// Writes SCALE (docs.substrate.io, "Type encoding"): little-endian, compact lengths. A plain value.
class Writer {
 public:
  template <class T>
    requires std::is_unsigned_v<T>
  Writer& number(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return *this;
  }
  Writer& number(U128 value) { return number(value.low).number(value.high); }
  Writer& boolean(bool value) { return number<std::uint8_t>(value ? 1 : 0); }
  Writer& compact(std::uint64_t value);
  /// As they are, without a length: arrays, hashes, already encoded values.
  Writer& raw(core::ByteView bytes);
  /// With a compact length: Vec<u8>, String.
  Writer& bytes(core::ByteView bytes);
  Writer& text(std::string_view text) { return bytes(core::as_bytes(text)); }

  const core::Bytes& view() const { return bytes_; }
  core::Bytes take() { return std::move(bytes_); }

 private:
  core::Bytes bytes_;
};

/// Reads SCALE from foreign bytes; borrows them. Every length is compared with what is left before anything is
/// allocated. Fails: invalid, with the offset. After a failure the position is unspecified. Threads: one.
class Reader {
 public:
  explicit Reader(core::ByteView bytes) : bytes_(bytes) {}

  template <class T>
    requires std::is_unsigned_v<T>
  core::Result<T> number() {
    const core::ByteView source = TRY(raw(sizeof(T)));
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value | static_cast<T>(T{source[i]} << (8 * i)));
    return value;
  }
  core::Result<U128> number128();
  core::Result<bool> boolean();
  /// Only the shortest form is accepted, and only values below 2^64.
  core::Result<std::uint64_t> compact();
  /// A compact number of items that need at least `item_bytes` each; at most `max_items`.
  core::Result<std::size_t> length(std::size_t item_bytes, std::size_t max_items = SIZE_MAX);
  core::Result<core::ByteView> raw(std::size_t count);
  template <std::size_t N>
  core::Result<std::array<std::uint8_t, N>> array() {
    const core::ByteView source = TRY(raw(N));
    std::array<std::uint8_t, N> value;
    for (std::size_t i = 0; i < N; ++i) value[i] = source[i];
    return value;
  }
  /// Vec<u8>.
  core::Result<core::ByteView> bytes(std::size_t max_bytes = SIZE_MAX);
  /// String; UTF-8 isn't checked.
  core::Result<std::string> text(std::size_t max_bytes);
  /// Fails: invalid when bytes are left over.
  core::Result<void> finish() const;

  std::size_t position() const { return at_; }
  std::size_t left() const { return bytes_.size() - at_; }

 private:
  core::Error wrong(std::string_view what) const;
  core::ByteView bytes_;
  std::size_t at_ = 0;
};

}  // namespace noonmark::scale
