#pragma once

#include <array>
#include <cstdint>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "crypto/sign/account.h"
#include "crypto/sign/sign.h"

namespace noonmark::sign {

/// A Schnorr signature over ristretto255 as Substrate makes it (schnorrkel, signing context "substrate"): R ‖ s with
/// the top bit of the last byte set.
using Sr25519Signature = std::array<std::uint8_t, 64>;

/// An sr25519 key pair: the ledger's hot and cold keys. Move-only; wiped when destroyed.
/// Threads: const methods may be called from any thread.
class Sr25519Pair {
 public:
  /// The key that a mini secret of 32 bytes stands for (SHA-512, clamped, divided by the cofactor).
  explicit Sr25519Pair(const Seed& mini_secret);
  /// From the expanded form, key ‖ nonce seed, as wallet files keep it. Fails: invalid when the scalar is not
  /// canonical or is zero.
  static core::Result<Sr25519Pair> from_expanded(std::span<const std::uint8_t, 64> secret);
  Sr25519Pair(Sr25519Pair&&) noexcept;
  Sr25519Pair& operator=(Sr25519Pair&&) noexcept;
  Sr25519Pair(const Sr25519Pair&) = delete;
  Sr25519Pair& operator=(const Sr25519Pair&) = delete;
  ~Sr25519Pair();

  const AccountId& account() const { return account_; }
  /// The nonce mixes fresh randomness in, so two signatures over one message differ; both verify.
  Sr25519Signature sign(core::ByteView message) const;
  /// A derived pair. `chain_code` as the junction gives it (crypto/wallet parses "//hard" and "/soft"). The same pair
  /// and code always give the same pair, its nonce seed included. (schnorrkel draws the nonce seed of a soft key at
  /// random; nothing that others see depends on it.)
  Sr25519Pair derive_hard(const std::array<std::uint8_t, 32>& chain_code) const;
  Sr25519Pair derive_soft(const std::array<std::uint8_t, 32>& chain_code) const;
  /// key ‖ nonce seed, for wallet files. The caller wipes it.
  std::array<std::uint8_t, 64> expanded() const { return secret_; }

 private:
  Sr25519Pair() = default;
  std::array<std::uint8_t, 64> secret_{};
  AccountId account_;
};

/// True when `signature` was made over exactly `message` by the owner of `account`. Refuses what is not canonical, so
/// that a signature can't be altered and stay valid, and the neutral element as an account. Not constant-time in
/// whether it refuses: everything here is public.
bool verify_sr25519(const AccountId& account, core::ByteView message, const Sr25519Signature& signature);

}  // namespace noonmark::sign
