#pragma once

#include <optional>
#include <string>

#include "contest/conduct/state.h"

/// Everything in a contest's records that follows from other things in them. Pure; the conductor writes with these
/// functions, and a replay compares with them.
namespace noonmark::conduct {

/// Who takes part. Fails: invalid when the baseline can't serve.
core::Result<entry::Admissions> derive_admissions(const State& state, const Admitted& admitted);

/// The requests of the contest.
std::vector<rules::Input> derive_inputs(const State& state, const core::Bytes& beacon);

/// The seed for measuring an entry: it depends on the beacon, so that nobody knows the order of turns before.
std::uint64_t measurement_seed(const State& state, const hash::Digest& content);

/// The failure and the metrics that a measurement stands for.
void derive_metrics(Measured& measured);

/// The report with every score computed from its values and floors. Fails: invalid unless it holds a comparison for
/// each of `requests` and its floors are those of `reference`.
core::Result<record::FidelityReport> derive_scores(std::size_t requests, const Reference& reference,
                                                   record::FidelityReport report);

/// The verdict on all entries, as it stands in the record of that stage.
core::Result<codec::Json> derive_verdict(const State& state);

/// Where `left` and `right` differ first, as a path such as ".entries[2].score" (empty when the whole differs), and
/// what stands there; nothing when they are equal.
struct Difference {
  std::string path;
  std::string left, right;
};
std::optional<Difference> first_difference(const codec::Json& left, const codec::Json& right);

}  // namespace noonmark::conduct
