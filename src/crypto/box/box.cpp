#include "crypto/box/box.h"

#include <algorithm>

#include <sodium.h>

#include "base/core/check.h"
#include "base/core/random.h"

namespace noonmark::box {
namespace {

using Nonce = std::array<std::uint8_t, crypto_aead_chacha20poly1305_ietf_NPUBBYTES>;

static_assert(kOverhead == crypto_aead_chacha20poly1305_ietf_ABYTES);
static_assert(sizeof(Shared) == crypto_aead_chacha20poly1305_ietf_KEYBYTES);

Nonce nonce_of(std::uint64_t number) {
  Nonce nonce{};
  for (std::size_t i = 0; i < sizeof(number); ++i) nonce[4 + i] = static_cast<std::uint8_t>(number >> (8 * i));
  return nonce;
}

}  // namespace

MomentKey::MomentKey(std::span<const std::uint8_t, 32> secret) {
  std::ranges::copy(secret, secret_.begin());
  CHECK(crypto_scalarmult_base(public_.data(), secret_.data()) == 0);
}

MomentKey MomentKey::generate() {
  std::array<std::uint8_t, 32> secret{};
  core::fill_secure_random(secret);
  MomentKey key(secret);
  sodium_memzero(secret.data(), secret.size());
  return key;
}

MomentKey::MomentKey(MomentKey&& other) noexcept : secret_(other.secret_), public_(other.public_) {
  sodium_memzero(other.secret_.data(), other.secret_.size());
}

MomentKey::~MomentKey() { sodium_memzero(secret_.data(), secret_.size()); }

core::Result<Shared> MomentKey::shared_with(const Public& other) const {
  Shared shared{};
  if (crypto_scalarmult(shared.data(), secret_.data(), other.data()) != 0) {
    return core::invalid("the other side's key of the moment is no proper key");
  }
  return shared;
}

Shared derive(const Shared& shared, core::ByteView purpose) {
  Shared key{};
  CHECK(crypto_generichash(key.data(), key.size(), purpose.data(), purpose.size(), shared.data(), shared.size()) == 0);
  return key;
}

Sealer::~Sealer() { sodium_memzero(key_.data(), key_.size()); }

core::Bytes Sealer::seal(core::ByteView message) {
  core::Bytes box(message.size() + kOverhead);
  const Nonce nonce = nonce_of(next_++);
  CHECK(crypto_aead_chacha20poly1305_ietf_encrypt(box.data(), nullptr, message.data(), message.size(), nullptr, 0,
                                                  nullptr, nonce.data(), key_.data()) == 0);
  return box;
}

Opener::~Opener() { sodium_memzero(key_.data(), key_.size()); }

core::Result<core::Bytes> Opener::open(core::ByteView box) {
  if (box.size() < kOverhead) return core::denied("an encrypted message is cut short");
  core::Bytes message(box.size() - kOverhead);
  const Nonce nonce = nonce_of(next_);
  if (crypto_aead_chacha20poly1305_ietf_decrypt(message.data(), nullptr, nullptr, box.data(), box.size(), nullptr, 0,
                                                nonce.data(), key_.data()) != 0) {
    return core::denied("an encrypted message was altered, left out or repeated on its way");
  }
  ++next_;
  return message;
}

}  // namespace noonmark::box
