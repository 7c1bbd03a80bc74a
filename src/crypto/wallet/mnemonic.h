#pragma once

#include <string_view>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "crypto/sign/secret.h"
#include "crypto/sign/sign.h"

namespace noonmark::wallet {

/// The phrase for 16, 20, 24, 28 or 32 bytes of entropy: 12, 15, 18, 21 or 24 English words (BIP39), one space between.
/// The entropy must come from a secure generator. Requires one of these lengths.
sign::SecretText phrase_of(core::ByteView entropy);

/// The entropy of a phrase. Any white space may stand between the words; capitals count as small letters.
/// Fails: invalid, saying which word is wrong, or that the number of words or the checksum doesn't fit.
core::Result<sign::SecretBytes> parse_phrase(std::string_view phrase);

/// Substrate's mini secret: the first 32 bytes of PBKDF2-HMAC-SHA512(entropy, "mnemonic" ‖ password, 2048 rounds). It
/// starts from the entropy where BIP39 itself starts from the phrase. The password counts byte for byte, without
/// Unicode normalisation.
sign::Seed mini_secret_of(core::ByteView entropy, std::string_view password);

}  // namespace noonmark::wallet
