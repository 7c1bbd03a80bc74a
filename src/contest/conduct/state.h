#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contest/conduct/bodies.h"
#include "contest/rules/contest.h"
#include "crypto/hash/hash.h"
#include "trial/record/sealed.h"

namespace noonmark::conduct {

/// The stages of a contest, in order. `measured` comes once per admitted entry, then `judged` once per entry whose
/// measurement succeeded.
enum class Stage { opened, admitted, drawn, reference, measured, judged, verdict, sealed };

/// The word that stands in a record's `kind`.
std::string_view name_of(Stage stage);

/// What has to be done next: a stage, and for whom.
struct Step {
  Stage stage = Stage::opened;
  int order = 0;  ///< Of the entry, for measured and judged; else 0.
  bool operator==(const Step&) const = default;
};

/// Where a contest stands: everything that its records say so far. Changed by apply() only.
struct State {
  std::vector<hash::Digest> records;  ///< Names of the records so far.
  std::optional<Opened> opened;
  rules::Contest contest;  ///< Parsed from `opened`.
  std::optional<Admitted> admitted;
  std::optional<Drawn> drawn;
  std::optional<Reference> reference;
  std::map<int, Measured> measured;  ///< By the entry's order.
  std::map<int, Judged> judged;
  std::optional<codec::Json> verdict;
  std::optional<Sealed> sealed;
};

/// The next step; nothing when the contest is sealed. Pure: this one function is the contest's order of events, for
/// whoever conducts it and for whoever replays it.
std::optional<Step> next_step(const State& state);

/// Takes a record into the state. It must belong to next_step(), name the record before it, and every derived value in
/// it must be what recomputing gives.
/// Fails: corrupt, naming the place within the record ("body.metrics.load_time.low: …").
core::Result<void> apply(State& state, const record::SealedRecord& record);

}  // namespace noonmark::conduct
