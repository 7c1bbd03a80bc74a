#include <limits>
#include <map>

#include "contest/submission/collect.h"

namespace noonmark::submission {
namespace {

book::Rao sum(book::Rao a, book::Rao b) {
  constexpr book::Rao kMost = std::numeric_limits<book::Rao>::max();
  return a > kMost - b ? kMost : a + b;
}

}  // namespace

std::optional<hash::Digest> incumbent(const rules::ContestDay& day, const Snapshot& cut_off) {
  const Tag tag = tag_of(day.contest);
  const std::int64_t today = day.date.time_since_epoch().count();
  std::map<std::uint32_t, std::map<hash::Digest, book::Rao>> stake;  // by day, by winner
  for (const book::Commitment& commitment : cut_off.commitments) {
    const Record record = decode(commitment.data);
    const auto* evidence = std::get_if<Evidence>(&record);
    const Member* member = cut_off.find(commitment.hotkey);
    if (evidence == nullptr || evidence->tag != tag || evidence->day >= today) continue;
    if (member == nullptr || !member->validator_permit) continue;
    book::Rao& behind = stake[evidence->day][evidence->winner];
    behind = sum(behind, member->stake);
  }
  if (stake.empty()) return std::nullopt;
  // The map goes by digest, so of equal stakes the smaller digest comes first.
  const auto& newest = stake.rbegin()->second;
  auto best = newest.begin();
  for (auto at = newest.begin(); at != newest.end(); ++at) {
    if (at->second > best->second) best = at;
  }
  if (best->first == hash::Digest{}) return std::nullopt;
  return best->first;
}

}  // namespace noonmark::submission
