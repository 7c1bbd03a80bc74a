#include "crypto/sign/sr25519.h"

#include <algorithm>

#include <sodium.h>

#include "base/core/check.h"
#include "base/core/random.h"
#include "crypto/sign/internal/ready.h"
#include "crypto/sign/internal/transcript.h"
#include "crypto/sign/secret.h"

namespace noonmark::sign {
namespace {

template <std::size_t N>
using SecretArray = Secret<std::array<std::uint8_t, N>>;
using Scalar = SecretArray<crypto_core_ristretto255_SCALARBYTES>;
using Point = std::array<std::uint8_t, crypto_core_ristretto255_BYTES>;
static_assert(AccountId::kSize == crypto_core_ristretto255_BYTES);

Scalar challenge_scalar(Transcript& transcript, std::string_view label) {
  SecretArray<crypto_core_ristretto255_NONREDUCEDSCALARBYTES> wide;
  transcript.challenge(label, *wide);
  Scalar scalar;
  crypto_core_ristretto255_scalar_reduce(scalar->data(), wide->data());
  return scalar;
}

bool is_canonical(std::span<const std::uint8_t, 32> scalar) {
  SecretArray<crypto_core_ristretto255_NONREDUCEDSCALARBYTES> wide;
  std::copy(scalar.begin(), scalar.end(), wide->begin());
  Scalar reduced;
  crypto_core_ristretto255_scalar_reduce(reduced->data(), wide->data());
  return sodium_memcmp(reduced->data(), scalar.data(), scalar.size()) == 0;
}

AccountId account_of(std::span<const std::uint8_t, 32> key) {
  AccountId account;
  CHECK(crypto_scalarmult_ristretto255_base(account.bytes.data(), key.data()) == 0, "a secret key is never zero");
  return account;
}

Transcript signing_transcript(const AccountId& account, core::ByteView message) {
  Transcript transcript("SigningContext");
  transcript.append("", "substrate");
  transcript.append("sign-bytes", message);
  transcript.append("proto-name", "Schnorr-sig");
  transcript.append("sign:pk", account.bytes);
  return transcript;
}

Transcript derivation_transcript(const std::array<std::uint8_t, 32>& chain_code) {
  Transcript transcript("SchnorrRistrettoHDKD");
  transcript.append("sign-bytes", "");
  transcript.append("chain-code", chain_code);
  return transcript;
}

/// A nonce that nobody can foresee as long as either the seed is secret or the machine's randomness is good. Takes a
/// fork of the transcript, so that two messages never share one.
Scalar choose_nonce(Transcript fork, core::ByteView seed) {
  SecretArray<32> fresh;
  core::fill_secure_random(*fresh);
  fork.append("nonce-seed", seed);
  fork.append("fresh", *fresh);
  return challenge_scalar(fork, "nonce");
}

}  // namespace

Sr25519Pair::Sr25519Pair(const Seed& mini_secret) {
  ensure_ready();
  static_assert(sizeof secret_ == crypto_hash_sha512_BYTES);
  crypto_hash_sha512(secret_.data(), mini_secret.bytes().data(), Seed::kSize);
  secret_[0] &= 0xF8;
  secret_[31] = static_cast<std::uint8_t>((secret_[31] & 0x3F) | 0x40);
  // Divided by the cofactor 8; the low three bits are zero, and the quotient is below the order.
  for (std::size_t i = 0; i < 32; ++i) {
    const unsigned above = i < 31 ? secret_[i + 1] : 0u;
    secret_[i] = static_cast<std::uint8_t>((secret_[i] >> 3) | (above << 5));
  }
  account_ = account_of(std::span(secret_).first<32>());
}

core::Result<Sr25519Pair> Sr25519Pair::from_expanded(std::span<const std::uint8_t, 64> secret) {
  ensure_ready();
  const auto key = secret.first<32>();
  if (!is_canonical(key) || sodium_is_zero(key.data(), key.size()) == 1) {
    return core::invalid("these 64 bytes aren't an sr25519 secret key: the scalar is zero or not below the order");
  }
  Sr25519Pair pair;
  std::copy(secret.begin(), secret.end(), pair.secret_.begin());
  pair.account_ = account_of(key);
  return pair;
}

Sr25519Pair::Sr25519Pair(Sr25519Pair&& other) noexcept : secret_(other.secret_), account_(other.account_) {
  wipe(other.secret_);
}

Sr25519Pair& Sr25519Pair::operator=(Sr25519Pair&& other) noexcept {
  if (this != &other) {
    secret_ = other.secret_;
    account_ = other.account_;
    wipe(other.secret_);
  }
  return *this;
}

Sr25519Pair::~Sr25519Pair() { wipe(secret_); }

Sr25519Signature Sr25519Pair::sign(core::ByteView message) const {
  Transcript transcript = signing_transcript(account_, message);
  const Scalar nonce = choose_nonce(transcript, std::span(secret_).last<32>());
  Point commitment;
  CHECK(crypto_scalarmult_ristretto255_base(commitment.data(), nonce->data()) == 0, "a nonce is never zero");
  transcript.append("sign:R", commitment);
  const Scalar challenge = challenge_scalar(transcript, "sign:c");
  Scalar product, answer;
  crypto_core_ristretto255_scalar_mul(product->data(), challenge->data(), secret_.data());
  crypto_core_ristretto255_scalar_add(answer->data(), product->data(), nonce->data());
  Sr25519Signature signature;
  std::copy(commitment.begin(), commitment.end(), signature.begin());
  std::copy(answer->begin(), answer->end(), signature.begin() + 32);
  signature[63] |= 0x80;  // says that this is no ed25519 signature
  return signature;
}

Sr25519Pair Sr25519Pair::derive_hard(const std::array<std::uint8_t, 32>& chain_code) const {
  Transcript transcript = derivation_transcript(chain_code);
  transcript.append("secret-key", core::ByteView(secret_).first(32));
  SecretArray<32> mini_secret;
  transcript.challenge("HDKD-hard", *mini_secret);
  return Sr25519Pair(Seed::from_bytes(*mini_secret));
}

Sr25519Pair Sr25519Pair::derive_soft(const std::array<std::uint8_t, 32>& chain_code) const {
  Transcript transcript = derivation_transcript(chain_code);
  transcript.append("public-key", account_.bytes);
  const Scalar shift = challenge_scalar(transcript, "HDKD-scalar");
  Sr25519Pair pair;
  crypto_core_ristretto255_scalar_add(pair.secret_.data(), secret_.data(), shift->data());
  // Nobody but the owner has to agree on the new nonce seed: it follows from the old secret, so that one name always
  // gives the same file.
  transcript.append("secret-key", secret_);
  transcript.challenge("HDKD-nonce", std::span(pair.secret_).last<32>());
  pair.account_ = account_of(std::span(pair.secret_).first<32>());
  return pair;
}

bool verify_sr25519(const AccountId& account, core::ByteView message, const Sr25519Signature& signature) {
  ensure_ready();
  if ((signature[63] & 0x80) == 0) return false;
  Point commitment, answer, answer_point, key_point, expected;
  std::copy_n(signature.begin(), 32, commitment.begin());
  std::copy_n(signature.begin() + 32, 32, answer.begin());
  answer[31] &= 0x7F;
  if (!is_canonical(answer)) return false;
  Transcript transcript = signing_transcript(account, message);
  transcript.append("sign:R", commitment);
  const Scalar challenge = challenge_scalar(transcript, "sign:c");
  // R = sB − kA. Both products refuse the neutral element, and the second one what is no canonical point. A computed
  // point has one encoding, so a commitment in another one is never equal.
  if (crypto_scalarmult_ristretto255_base(answer_point.data(), answer.data()) != 0) return false;
  if (crypto_scalarmult_ristretto255(key_point.data(), challenge->data(), account.bytes.data()) != 0) return false;
  if (crypto_core_ristretto255_sub(expected.data(), answer_point.data(), key_point.data()) != 0) return false;
  return expected == commitment;
}

}  // namespace noonmark::sign
