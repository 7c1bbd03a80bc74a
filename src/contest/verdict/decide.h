#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "contest/verdict/policy.h"
#include "contest/verdict/verdict.h"

namespace noonmark::verdict {

/// What is known about one entry when the verdict is made. All of it comes from records.
struct Evidence {
  record::EntryFacts facts = {};
  std::optional<record::Failure> refusal = {};  ///< From admission.
  std::optional<record::Failure> failure = {};  ///< From the trial.
  record::Metrics metrics = {};                 ///< bench::summarise of its measurement.
  std::optional<Faithfulness> fidelity = {};
};

/// The verdict on `evidence`. Pure and total; the order of the evidence does not matter. Requires: validate(policy).
///
/// Status, the first that applies: refused; copy (content of `baseline`, or of an entry of smaller `order`); failed (a
/// failure, no fidelity, or no generation time); not_faithful; not_faster (score not above 0 with confidence or, if the
/// policy requires it, generation time not below the baseline's with confidence); ranked.
///
/// Rank. Overlap of intervals is a tie, and overlap is not transitive: A may tie with B and B with C while A is better
/// than C. So ranks are given one after another: among the entries left, those are candidates for the next rank which
/// no other one left is better than with confidence (its low bound above the candidate's high bound by more than
/// `tie_margin`, the latter reaching at most `tie_reach` above the score); of the candidates the one of smallest
/// `order` gets the rank. Hence
///   - whoever is better with confidence ranks before,
///   - among entries that cannot be told apart the earliest content ranks first,
///   - noise does not help: a wide interval makes an entry harder to be told worse only up to `tie_reach`.
/// If the content `incumbent` is among them and no entry before it has a score above its score (1 + dethrone_margin),
/// it is put first. Entries that are not ranked follow, by status in the order of the enumeration, then by score, then
/// by order.
///
/// Weight. The first n entries share in proportion to the policy's first n shares; whole units by largest remainder,
/// the better rank first, so that the sum is exact and weights never rise with rank. A lone ranked entry gets all;
/// copies get nothing. One further entry moves another down by at most one rank and one for each entry that the other
/// is tied with; where nothing is tied, no weight changes by more than influence_bound().
Verdict decide(const Policy& policy, std::vector<Evidence> evidence,
               const std::optional<hash::Digest>& baseline = std::nullopt,
               const std::optional<hash::Digest>& incumbent = std::nullopt);

/// kWeightUnits divided among `ranked` entries by the policy's shares, best rank first; empty for 0.
std::vector<std::int64_t> weights_by_rank(const std::vector<double>& shares, std::size_t ranked);

/// The most by which one further entry can change the weight of another that keeps its rank or moves down by one, when
/// there are `ranked` entries before it comes.
std::int64_t influence_bound(const std::vector<double>& shares, std::size_t ranked);

}  // namespace noonmark::verdict
