#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/codec/json.h"
#include "base/core/result.h"
#include "crypto/hash/hash.h"

namespace noonmark::record {

/// Who takes part, and with what content. The baseline is entry zero.
struct EntryFacts {
  std::string name = {};           ///< Unique within a contest; at most 200 bytes.
  hash::Digest content = {};       ///< Digest of the package's content: equal content is a copy.
  int order = 0;                   ///< First-seen order; the earlier content wins a tie. Unique within a contest.
  std::int64_t first_seen_ns = 0;  ///< Unix time in nanoseconds, 0 = unknown. For people; `order` decides.
  std::int64_t package_bytes = 0;
  std::string author = {};  ///< ed25519 public key in hex, or empty.
  bool operator==(const EntryFacts&) const = default;
};

codec::Json to_json(const EntryFacts& facts);
core::Result<EntryFacts> entry_facts_from_json(const codec::Json& json);

}  // namespace noonmark::record
