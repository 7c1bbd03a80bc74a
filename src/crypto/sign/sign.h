#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace noonmark::sign {

/// 32 secret bytes that are overwritten when they go out of scope.
///
/// Move-only, so that no copy is left behind by accident.
/// Threads: a plain value.
class Seed {
 public:
  static constexpr std::size_t kSize = 32;

  /// Takes the bytes over. The caller wipes its own copy (see `wipe`).
  static Seed from_bytes(std::span<const std::uint8_t, kSize> bytes);

  /// A fresh seed from the operating system's secure generator. Only programs and key creation call it; all else
  /// gets a seed as a parameter.
  static Seed generate();

  Seed(Seed&& other) noexcept;
  Seed& operator=(Seed&& other) noexcept;
  Seed(const Seed&) = delete;
  Seed& operator=(const Seed&) = delete;
  ~Seed();

  std::span<const std::uint8_t, kSize> bytes() const { return bytes_; }

 private:
  Seed() = default;
  std::array<std::uint8_t, kSize> bytes_{};
};

/// An ed25519 public key (RFC 8032 §5.1.5): 32 bytes, written as 64 hex digits.
/// Not checked to be a point of the curve; a key that is none verifies nothing.
struct PublicKey {
  static constexpr std::size_t kSize = 32;
  std::array<std::uint8_t, kSize> bytes{};

  std::string hex() const;
  /// Fails: invalid when `text` isn't 64 lower-case hex digits.
  static core::Result<PublicKey> parse(std::string_view text);
  auto operator<=>(const PublicKey&) const = default;
};

/// An ed25519 signature: 64 bytes, written as 128 hex digits.
struct Signature {
  static constexpr std::size_t kSize = 64;
  std::array<std::uint8_t, kSize> bytes{};

  std::string hex() const;
  /// Fails: invalid when `text` isn't 128 lower-case hex digits.
  static core::Result<Signature> parse(std::string_view text);
  auto operator<=>(const Signature&) const = default;
};

/// An ed25519 secret key. Signing is deterministic (RFC 8032): same key and message, same signature.
///
/// Move-only; wiped when destroyed.
/// Threads: const methods may be called from any thread.
class SecretKey {
 public:
  /// The key that `seed` stands for.
  explicit SecretKey(const Seed& seed);
  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey&& other) noexcept;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;
  ~SecretKey();

  PublicKey public_key() const;
  Signature sign(core::ByteView message) const;
  /// The seed again, for writing it to a key file.
  Seed seed() const;

 private:
  std::array<std::uint8_t, 64> bytes_{};  // libsodium's form: seed, then public key
};

/// True when `signature` was made over exactly `message` by the owner of `key`. Refuses keys of small order and
/// signatures that aren't in canonical form, so that a signature can't be altered and stay valid.
bool verify(const PublicKey& key, core::ByteView message, const Signature& signature);

/// Overwrites bytes in a way that the compiler may not leave out.
void wipe(std::span<std::uint8_t> bytes);

}  // namespace noonmark::sign
