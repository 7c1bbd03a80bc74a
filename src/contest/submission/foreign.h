#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/core/bytes.h"

namespace noonmark::submission {

/// One submission in a record of the contest network that came before (edge-maxxing).
struct ForeignEntry {
  std::string repository;  ///< "owner/model", "https://github.com/owner/repository", "github.com/owner/repository"
  std::string revision;    ///< As written (spec 4), or 14 hex digits (spec 5 on); empty before.
  std::uint32_t contest = 0;
  std::optional<float> average_time;  ///< Seconds that the miner claimed; up to spec 2.
  bool operator==(const ForeignEntry&) const = default;
};

/// A record that isn't ours. It never takes part in anything; what is known of it is for people.
struct Foreign {
  std::optional<int> spec;  ///< The ancestor's record version, 0 to 8; nothing: unknown bytes.
  std::vector<ForeignEntry> entries;
  bool operator==(const Foreign&) const = default;
};

/// Reads the ancestor's records, big-endian with strings of one length byte (layouts and the commits that introduced
/// them: edge-maxxing 8bd9b2d, 48fd34e, 35ca422, 142d93f, 30da15d, 8a4f2ca to 3744d81). Never fails: other bytes are
/// unknown. Spec 3 was never published and is unknown too.
Foreign read_foreign(core::ByteView bytes);

}  // namespace noonmark::submission
