#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "crypto/sign/account.h"
#include "crypto/sign/secret.h"
#include "crypto/sign/sr25519.h"

namespace noonmark::wallet {

/// A key pair with what it can be written down as, where that is known.
struct WalletKey {
  sign::Sr25519Pair pair;
  sign::SecretText phrase;         ///< empty, or the phrase that gives `pair` without a password or a path
  std::optional<sign::Seed> seed;  ///< the mini secret that gives `pair`
};

/// The key of a phrase. Fails: invalid (see parse_phrase).
core::Result<WalletKey> key_of_phrase(std::string_view phrase);

/// The plain text of a key file as Bittensor's tools (btwallet 4) write it: one JSON object of strings, hexadecimal
/// with "0x": accountId, publicKey, privateKey (key ‖ nonce seed), secretPhrase, secretSeed, ss58Address. What isn't
/// known is left out.
sign::SecretText write_key_text(const WalletKey& key);
/// The public half: accountId, publicKey, ss58Address.
std::string write_account_text(const sign::AccountId& account);

/// Reads either. A key comes from secretPhrase, else secretSeed, else privateKey, and must be the one that ss58Address,
/// accountId and publicKey name, where they stand. Unknown members are passed over; members that hold no text are
/// unset. At most 16 KiB.
/// Fails: corrupt, saying which member is wrong and never what it holds; denied for a key of another scheme.
core::Result<WalletKey> parse_key_text(std::string_view text);
core::Result<sign::AccountId> parse_account_text(std::string_view text);

}  // namespace noonmark::wallet
