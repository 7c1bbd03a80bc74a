#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace noonmark::runtime {

/// A number with 32 bits before and 32 bits after the point, as the pallet's consensus computes (I32F32 of the crate
/// substrate-fixed): products are floored, quotients cut towards zero, both saturate, x / 0 is 0. Bit for bit the same
/// on every machine, which floating-point numbers aren't.
struct Fixed {
  std::int64_t raw = 0;

  static constexpr Fixed whole(std::int64_t value) { return {value << 32}; }
  /// numerator / denominator, both not negative.
  static constexpr Fixed ratio(std::uint64_t numerator, std::uint64_t denominator) {
    if (denominator == 0) return {};
    return saturate((static_cast<__int128>(numerator) << 32) / denominator);
  }
  static constexpr Fixed saturate(__int128 value) {
    if (value > std::numeric_limits<std::int64_t>::max()) return {std::numeric_limits<std::int64_t>::max()};
    if (value < std::numeric_limits<std::int64_t>::min()) return {std::numeric_limits<std::int64_t>::min()};
    return {static_cast<std::int64_t>(value)};
  }

  friend constexpr Fixed operator+(Fixed a, Fixed b) { return saturate(static_cast<__int128>(a.raw) + b.raw); }
  friend constexpr Fixed operator-(Fixed a, Fixed b) { return saturate(static_cast<__int128>(a.raw) - b.raw); }
  friend constexpr Fixed operator*(Fixed a, Fixed b) { return saturate((static_cast<__int128>(a.raw) * b.raw) >> 32); }
  friend constexpr Fixed operator/(Fixed a, Fixed b) {
    if (b.raw == 0) return {};
    return saturate((static_cast<__int128>(a.raw) << 32) / b.raw);
  }
  Fixed& operator+=(Fixed other) { return *this = *this + other; }
  auto operator<=>(const Fixed&) const = default;

  /// As a share of 65535, floored; for 0 to 1.
  constexpr std::uint16_t share() const {
    const __int128 scaled = (static_cast<__int128>(raw) * 65535) >> 32;
    return scaled <= 0 ? std::uint16_t{0} : scaled >= 65535 ? std::uint16_t{65535} : static_cast<std::uint16_t>(scaled);
  }
  /// To the nearest whole number, halves upwards; for 0 to 65535.
  constexpr std::uint16_t rounded() const {
    return static_cast<std::uint16_t>((static_cast<__int128>(raw) + (std::int64_t{1} << 31)) >> 32);
  }
  /// This share of `amount`, floored.
  constexpr std::uint64_t of(std::uint64_t amount) const {
    return raw <= 0 ? 0 : static_cast<std::uint64_t>((static_cast<unsigned __int128>(raw) * amount) >> 32);
  }
};

inline constexpr Fixed kZero{}, kOne = Fixed::whole(1);

}  // namespace noonmark::runtime
