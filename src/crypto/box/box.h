#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace noonmark::box {

/// 32 secret bytes that two sides share.
using Shared = std::array<std::uint8_t, 32>;

/// An X25519 key of the moment (RFC 7748). Its secret is forgotten with it, and with the secret everything that was
/// encrypted under what came of it. Move-only; wiped when destroyed. Threads: const methods from any thread.
class MomentKey {
 public:
  using Public = std::array<std::uint8_t, 32>;

  /// `secret`: from the operating system's generator; taken over.
  explicit MomentKey(std::span<const std::uint8_t, 32> secret);
  static MomentKey generate();
  MomentKey(MomentKey&&) noexcept;
  MomentKey& operator=(MomentKey&&) = delete;
  MomentKey(const MomentKey&) = delete;
  MomentKey& operator=(const MomentKey&) = delete;
  ~MomentKey();

  const Public& public_key() const { return public_; }
  /// Fails: invalid (a point of small order, which would make the result known to everybody).
  core::Result<Shared> shared_with(const Public& other) const;

 private:
  std::array<std::uint8_t, 32> secret_{};
  Public public_{};
};

/// A key for one direction and use: BLAKE2b-256 of `purpose` under the shared secret.
Shared derive(const Shared& shared, core::ByteView purpose);

/// What a box is longer than its content.
inline constexpr std::size_t kOverhead = 16;

/// Encrypts messages in order: ChaCha20-Poly1305 (RFC 8439) with the message's number as nonce. Wiped when destroyed.
/// Threads: one at a time.
class Sealer {
 public:
  explicit Sealer(const Shared& key) : key_(key) {}
  Sealer(Sealer&&) = delete;
  ~Sealer();
  core::Bytes seal(core::ByteView message);

 private:
  Shared key_;
  std::uint64_t next_ = 0;
};

/// Opens what the Sealer of the same key made, each message once and in order. Threads: one at a time.
class Opener {
 public:
  explicit Opener(const Shared& key) : key_(key) {}
  Opener(Opener&&) = delete;
  ~Opener();
  /// Fails: denied (altered, left out, repeated, of another key).
  core::Result<core::Bytes> open(core::ByteView box);

 private:
  Shared key_;
  std::uint64_t next_ = 0;
};

}  // namespace noonmark::box
