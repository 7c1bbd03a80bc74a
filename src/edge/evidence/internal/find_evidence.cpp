#include "edge/evidence/internal/find_evidence.h"

#include <algorithm>

namespace noonmark::evidence {
namespace {

/// How many records of one key are looked through: a year of a contest.
constexpr int kMaxSteps = 400;

class Finder {
 public:
  Finder(book::Ledger& ledger, book::NetUid netuid, const rules::ContestDay& day)
      : ledger_(ledger),
        netuid_(netuid),
        tag_(submission::tag_of(day.contest)),
        day_(static_cast<std::uint32_t>(day.date.time_since_epoch().count())) {}

  std::optional<Found> search(book::Commitment commitment) {
    for (int step = 0; step < kMaxSteps; ++step) {
      const submission::Record record = submission::decode(commitment.data);
      const auto* evidence = std::get_if<submission::Evidence>(&record);
      if (evidence != nullptr && evidence->tag == tag_) {
        if (evidence->day == day_) return Found{commitment.hotkey, commitment.block, *evidence};
        if (evidence->day < day_) return std::nullopt;
      }
      // Records of other contests and kinds may lie between; none that is older than the day can be its evidence.
      if (commitment.block == 0 || is_before_the_day(commitment.block)) return std::nullopt;
      auto earlier = before(commitment);
      if (!earlier) return std::nullopt;
      commitment = *std::move(earlier);
    }
    return std::nullopt;
  }

 private:
  bool is_before_the_day(book::BlockNumber number) {
    const auto block = ledger_.block(number);
    if (!block.ok()) return true;
    const auto time = ledger_.block_time(*block);
    // No zone is more than a day from UTC.
    return !time.ok() || *time < core::UnixNanos(std::chrono::days(std::int64_t{day_} - 1));
  }

  /// What the key had committed when the block before `commitment` was made.
  std::optional<book::Commitment> before(const book::Commitment& commitment) {
    const book::BlockNumber number = commitment.block - 1;
    auto known = states_.find(number);
    if (known == states_.end()) {
      const auto block = ledger_.block(number);
      if (!block.ok()) return std::nullopt;
      auto state = ledger_.commitments(netuid_, *block);
      if (!state.ok()) return std::nullopt;
      known = states_.emplace(number, *std::move(state)).first;
    }
    const auto found = std::ranges::find(known->second, commitment.hotkey, &book::Commitment::hotkey);
    if (found == known->second.end() || found->block >= commitment.block) return std::nullopt;
    return *found;
  }

  book::Ledger& ledger_;
  const book::NetUid netuid_;
  const submission::Tag tag_;
  const std::uint32_t day_;
  std::map<book::BlockNumber, std::vector<book::Commitment>> states_;
};

}  // namespace

core::Result<std::vector<Found>> find_evidence(book::Ledger& ledger, book::NetUid netuid, const rules::ContestDay& day,
                                               const book::BlockRef& head) {
  Finder finder(ledger, netuid, day);
  std::vector<Found> all;
  for (const book::Commitment& commitment : TRY(ledger.commitments(netuid, head))) {
    const submission::Record record = submission::decode(commitment.data);
    if (!std::holds_alternative<submission::Evidence>(record)) continue;
    if (auto found = finder.search(commitment)) all.push_back(*std::move(found));
  }
  return all;
}

}  // namespace noonmark::evidence
