#include "crypto/sign/sign.h"

#include <algorithm>

#include <sodium.h>

#include "base/codec/text.h"
#include "base/core/check.h"
#include "base/core/random.h"
#include "crypto/sign/internal/ready.h"

namespace noonmark::sign {
namespace {

static_assert(Seed::kSize == crypto_sign_SEEDBYTES);
static_assert(PublicKey::kSize == crypto_sign_PUBLICKEYBYTES);
static_assert(Signature::kSize == crypto_sign_BYTES);

/// One text form per value: hex in lower case only, so that equal records have equal bytes.
template <std::size_t N>
core::Result<std::array<std::uint8_t, N>> parse_fixed(std::string_view text, std::string_view what) {
  const bool lower_case = std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'F'; });
  if (text.size() != 2 * N || !lower_case) {
    return core::invalid("a " + std::string(what) + " is " + std::to_string(2 * N) + " lower-case hex digits, not " +
                         std::to_string(text.size()) + " characters");
  }
  const core::Bytes bytes = TRY(codec::parse_hex(text));
  std::array<std::uint8_t, N> result{};
  std::copy(bytes.begin(), bytes.end(), result.begin());
  return result;
}

}  // namespace

void ensure_ready() {
  static const int state = sodium_init();
  CHECK(state >= 0, "libsodium could not be initialised");
}

void wipe(std::span<std::uint8_t> bytes) { sodium_memzero(bytes.data(), bytes.size()); }

Seed Seed::from_bytes(std::span<const std::uint8_t, kSize> bytes) {
  Seed seed;
  std::copy(bytes.begin(), bytes.end(), seed.bytes_.begin());
  return seed;
}

Seed Seed::generate() {
  Seed seed;
  core::fill_secure_random(seed.bytes_);
  return seed;
}

Seed::Seed(Seed&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }

Seed& Seed::operator=(Seed&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    wipe(other.bytes_);
  }
  return *this;
}

Seed::~Seed() { wipe(bytes_); }

std::string PublicKey::hex() const { return codec::hex(bytes); }

core::Result<PublicKey> PublicKey::parse(std::string_view text) {
  return PublicKey{TRY(parse_fixed<kSize>(text, "public key"))};
}

std::string Signature::hex() const { return codec::hex(bytes); }

core::Result<Signature> Signature::parse(std::string_view text) {
  return Signature{TRY(parse_fixed<kSize>(text, "signature"))};
}

SecretKey::SecretKey(const Seed& seed) {
  ensure_ready();
  std::array<std::uint8_t, PublicKey::kSize> unused{};
  crypto_sign_seed_keypair(unused.data(), bytes_.data(), seed.bytes().data());
}

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    wipe(other.bytes_);
  }
  return *this;
}

SecretKey::~SecretKey() { wipe(bytes_); }

PublicKey SecretKey::public_key() const {
  PublicKey key;
  std::copy(bytes_.begin() + Seed::kSize, bytes_.end(), key.bytes.begin());
  return key;
}

Signature SecretKey::sign(core::ByteView message) const {
  Signature signature;
  crypto_sign_detached(signature.bytes.data(), nullptr, message.data(), message.size(), bytes_.data());
  return signature;
}

Seed SecretKey::seed() const { return Seed::from_bytes(std::span(bytes_).first<Seed::kSize>()); }

bool verify(const PublicKey& key, core::ByteView message, const Signature& signature) {
  ensure_ready();
  return crypto_sign_verify_detached(signature.bytes.data(), message.data(), message.size(), key.bytes.data()) == 0;
}

}  // namespace noonmark::sign
