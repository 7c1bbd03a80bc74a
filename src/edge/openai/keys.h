#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "crypto/hash/hash.h"

namespace noonmark::openai {

/// A caller's key. The key itself is known to its owner alone.
struct Key {
  std::string name;               ///< 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-'
  hash::Digest digest;            ///< SHA-256 of the key's text
  int requests_per_minute = 600;  ///< 1 to 1,000,000
  bool operator==(const Key&) const = default;
};

inline constexpr std::size_t kMostKeys = 100'000;

/// A new key's text: "nm-" and 64 hexadecimal digits of 32 random bytes.
std::string new_key();

/// The key file: {"format":1,"keys":[{"name","sha256","requests_per_minute"}…]}. Fails: invalid (with the place; two
/// keys of one name or digest).
core::Result<std::vector<Key>> parse_keys(std::string_view text);
std::string write_keys(const std::vector<Key>& keys);
/// The keys in the file; none where there is no file. Fails: as parse_keys, denied.
core::Result<std::vector<Key>> load_keys(const std::filesystem::path& file);
/// Whole or not at all, for this user's eyes only. Fails: as core::write_file_atomic.
core::Result<void> save_keys(const std::filesystem::path& file, const std::vector<Key>& keys);

/// How much of its allowance a caller has left: a bucket that fills evenly and holds a minute's requests.
struct Allowance {
  bool granted = false;
  int limit = 0, remaining = 0;
  core::Nanos full_after{};   ///< until the bucket is full again
  core::Nanos retry_after{};  ///< until there is one request in it
};

/// Who may ask, and how much. Threads: any.
class KeyRing {
 public:
  /// `clock` must outlive it.
  KeyRing(std::filesystem::path file, const core::Clock& clock) : file_(std::move(file)), clock_(clock) {}

  /// Reads the file when it has changed; callers that stay keep their allowance. Fails: as load_keys; the keys known
  /// so far then stay.
  core::Result<void> refresh();

  struct Caller {
    std::string name;
    Allowance allowance;
  };
  /// Takes one request from the allowance of whoever has this key; nothing when nobody does.
  std::optional<Caller> admit(std::string_view key);

 private:
  struct Bucket {
    Key key;
    double tokens = 0;
    core::Nanos filled{};
  };
  const std::filesystem::path file_;
  const core::Clock& clock_;
  std::mutex mutex_;
  std::map<hash::Digest, Bucket> callers_;
  std::optional<std::filesystem::file_time_type> seen_;
};

}  // namespace noonmark::openai
