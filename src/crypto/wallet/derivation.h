#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "crypto/sign/sr25519.h"
#include "crypto/wallet/wallet_key.h"

namespace noonmark::wallet {

/// The phrase of every Substrate development chain, which everybody knows: "//Alice" and "//Bob" derive from it.
inline constexpr std::string_view kDevelopmentPhrase =
    "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

/// One step of a derivation path.
struct Junction {
  bool hard = false;  ///< hard: only the secret's owner can take the step; soft: whoever has the account can, too
  std::array<std::uint8_t, 32> chain_code{};
};

/// Reads "//hard/soft//0": a number below 2^64 as eight little-endian bytes, else the text in SCALE form; what is
/// longer than 32 bytes as its blake2b-256. Fails: invalid, also for a number that tools read differently (2^64 and
/// above).
core::Result<std::vector<Junction>> parse_path(std::string_view path);

/// Substrate's secret URI: SECRET[//hard][/soft]…[///password]. SECRET is a phrase, a mini secret as "0x" and 64
/// digits (which takes no password), or nothing before a path, which stands for the development phrase. At most 1024
/// bytes of UTF-8.
/// The phrase and seed of the result are known only without a path, the phrase only without a password.
/// Fails: invalid, never repeating more of the secret than one misspelt word.
core::Result<WalletKey> parse_secret_uri(std::string_view uri);

}  // namespace noonmark::wallet
