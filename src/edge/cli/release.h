#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "crypto/sign/sr25519.h"

namespace noonmark::cli {

/// "MAJOR.MINOR.PATCH" in decimal, ordered by number.
struct Version {
  std::array<std::uint32_t, 3> parts{};
  std::string text() const;
  /// Fails: invalid (other than three numbers of at most six digits, without leading zeros).
  static core::Result<Version> parse(std::string_view text);
  auto operator<=>(const Version&) const = default;
};

/// What a publisher says is the newest version.
struct Release {
  Version version;
  std::string date;       ///< of the statement, UTC: "2026-11-26"; sorts as text
  std::string notes_url;  ///< https, printable ASCII without spaces
  bool operator==(const Release&) const = default;
};

struct ReleaseStatement {
  Release release;
  sign::Sr25519Signature signature{};
};

inline constexpr std::size_t kMaxReleaseStatement = 16u << 10;

/// Reads {"format": "noonmark-release-1", "version", "date", "notes_url", "signature": "0x…"}. The signature is not
/// verified. Pure; `text` is foreign. Fails: denied (no signature), invalid, exhausted (longer than
/// kMaxReleaseStatement).
core::Result<ReleaseStatement> parse_release(std::string_view text);

/// The bytes that are signed: the canonical JSON of the members but the signature.
std::string signed_text(const Release& release);

/// parse_release, and `key` signed it. Fails: as parse_release; denied (another key's signature, changed since, or
/// dated later than tomorrow).
core::Result<Release> verify_release(std::string_view text, const sign::AccountId& key, core::UnixNanos now);

/// Keeps in `file` the newest statement that `key` has made, so that nobody can pass an old one off as the newest
/// later; another key begins anew. Fails: denied when `release` has an older version or date than the one that is kept;
/// corrupt (with what to do); as core::write_file_atomic.
core::Result<void> remember_release(const std::filesystem::path& file, const sign::AccountId& key,
                                    const Release& release);

}  // namespace noonmark::cli
