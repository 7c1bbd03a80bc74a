#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/core/result.h"

namespace noonmark::sign {

/// Who somebody is on a ledger: 32 bytes, which are an sr25519 (or ed25519) public key. Written in SS58 with prefix 42:
/// base58(prefix ‖ key ‖ first two bytes of blake2b-512("SS58PRE" ‖ prefix ‖ key)).
struct AccountId {
  static constexpr std::size_t kSize = 32;
  static constexpr std::uint16_t kPrefix = 42;
  std::array<std::uint8_t, kSize> bytes{};

  std::string ss58(std::uint16_t prefix = kPrefix) const;
  std::string hex() const;
  /// SS58 text of any prefix below 16384, or 64 hex digits with or without "0x". Fails: invalid (with what is wrong:
  /// the alphabet, the length, the checksum).
  static core::Result<AccountId> parse(std::string_view text);
  auto operator<=>(const AccountId&) const = default;
};

}  // namespace noonmark::sign
