#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"
#include "contest/rules/contest.h"
#include "crypto/hash/hash.h"
#include "trial/record/entry_facts.h"
#include "trial/record/failure.h"

namespace noonmark::entry {

/// What a verified package says about itself, as far as admission needs it.
struct PackageFacts {
  hash::Digest content;    ///< The package's name for machines.
  hash::Digest substance;  ///< Equal for packages that run the same, whatever they are called and whoever signed them.
  std::string task;
  std::int64_t bytes = 0;  ///< All files together.
  int threads = 0;         ///< As the package asks; 0 = the runner decides.
  std::string execution_provider;
  std::string author;  ///< ed25519 public key in hex, or empty.
  bool operator==(const PackageFacts&) const = default;
};

/// What was found where a package should be: its facts, or why there are none.
struct Sighting {
  std::string name;  ///< The folder's name; for people, may repeat.
  std::optional<PackageFacts> package;
  std::optional<record::Failure> failure;
  bool operator==(const Sighting&) const = default;
};

/// Whether an entry takes part. Exactly one of `facts` and `refusal` is there.
struct Admission {
  std::string name;  ///< Unique within the contest: a repeated name gets "-2", "-3", …
  int order = 0;     ///< From 1, in order of arrival. The baseline is 0.
  std::optional<record::EntryFacts> facts;
  std::optional<record::Failure> refusal;
  bool operator==(const Admission&) const = default;
};

/// The baseline, and every candidate in order of arrival.
struct Admissions {
  record::EntryFacts baseline;
  std::vector<Admission> entries;
  bool operator==(const Admissions&) const = default;
};

/// Decides who takes part. Pure: the same sightings give the same admissions.
///
/// A candidate is refused, in this order of reasons, when it came after the contest was full ("too_many_entries"), when
/// its package couldn't be verified (the sighting's failure), has another task ("wrong_task"), is too large
/// ("too_large"), asks for more threads than the device grants ("too_many_threads") or for another execution provider
/// than the baseline ("wrong_provider"), or runs the same as the baseline or as an admitted earlier entry ("copy").
/// Fails: invalid when the baseline itself can't serve, with what to do.
core::Result<Admissions> decide(const rules::Contest& contest, const Sighting& baseline,
                                const std::vector<Sighting>& candidates);

codec::Json to_json(const Sighting& sighting);
core::Result<Sighting> sighting_from_json(const codec::Json& json);
codec::Json to_json(const Admissions& admissions);
core::Result<Admissions> admissions_from_json(const codec::Json& json);

}  // namespace noonmark::entry
