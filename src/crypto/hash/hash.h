#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace noonmark::hash {

/// A SHA-256 digest (FIPS 180-4).
struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  std::string hex() const;
  /// 64 hexadecimal digits, with or without a leading "sha256:". Fails: invalid.
  static core::Result<Digest> parse(std::string_view text);
  auto operator<=>(const Digest&) const = default;
};

Digest sha256(core::ByteView bytes);
Digest sha256(std::string_view text);

/// Keyed: only who has the key can make it (RFC 2104).
Digest hmac_sha256(core::ByteView key, std::string_view text);

/// The same over bytes that arrive in pieces. Threads: one.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();
  void update(core::ByteView bytes);
  /// The digest of everything so far; the object starts anew.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Digest of a regular file's content, read in pieces. Fails: not_found, denied, invalid, internal.
core::Result<Digest> sha256_file(const std::filesystem::path& path);

}  // namespace noonmark::hash
