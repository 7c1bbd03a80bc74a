#include <limits>

#include <gtest/gtest.h>

#include "contest/submission/collect.h"

namespace noonmark::submission {
namespace {

constexpr std::uint32_t kToday = 20'783;  // 2026-11-26
const rules::ContestDay kDay{"tiny", std::chrono::sys_days(std::chrono::days(kToday))};

hash::Digest digest(std::uint8_t number) {
  hash::Digest digest;
  digest.bytes.fill(number);
  return digest;
}

/// A snapshot of validators; each one's winner of a day, with its stake.
struct Vote {
  std::uint32_t day = 0;
  std::uint8_t winner = 0;
  book::Rao stake = 1;
  bool permit = true;
  std::string contest = "tiny";
};

Snapshot snapshot_of(const std::vector<Vote>& votes) {
  Snapshot snapshot;
  for (std::size_t i = 0; i < votes.size(); ++i) {
    Member member;
    member.hotkey.bytes.fill(static_cast<std::uint8_t>(i + 1));
    member.stake = votes[i].stake;
    member.validator_permit = votes[i].permit;
    snapshot.members.push_back(member);
    const Evidence evidence{tag_of(votes[i].contest), votes[i].day, digest(1), digest(votes[i].winner), "http://v"};
    snapshot.commitments.push_back({member.hotkey, 5, encode(evidence).value()});
  }
  return snapshot;
}

TEST(Incumbent, MostStakeOfTheNewestEarlierDayDecides) {
  const std::vector<Vote> votes = {{kToday - 1, 7, 10}, {kToday - 1, 8, 6}, {kToday - 1, 8, 5}, {kToday - 2, 9, 1000}};
  EXPECT_EQ(incumbent(kDay, snapshot_of(votes)), digest(8));
}

TEST(Incumbent, TodayOtherContestsAndKeysWithoutPermitHaveNoVoice) {
  const std::vector<Vote> votes = {{kToday - 3, 4, 1},
                                   {kToday, 5, 100},
                                   {kToday + 1, 6, 100},
                                   {kToday - 1, 7, 100, false},
                                   {kToday - 1, 8, 100, true, "other"}};
  EXPECT_EQ(incumbent(kDay, snapshot_of(votes)), digest(4));
  EXPECT_EQ(incumbent(kDay, snapshot_of({})), std::nullopt);
}

TEST(Incumbent, EqualStakesTakeTheSmallerDigestAndHugeOnesDontWrap) {
  EXPECT_EQ(incumbent(kDay, snapshot_of({{kToday - 1, 9, 5}, {kToday - 1, 3, 5}})), digest(3));
  constexpr book::Rao kMost = std::numeric_limits<book::Rao>::max();
  EXPECT_EQ(incumbent(kDay, snapshot_of({{kToday - 1, 9, kMost}, {kToday - 1, 9, 2}, {kToday - 1, 3, 5}})), digest(9));
}

TEST(Incumbent, NobodyCanWinToo) {
  EXPECT_EQ(incumbent(kDay, snapshot_of({{kToday - 1, 0, 5}, {kToday - 1, 3, 4}})), std::nullopt);
}

TEST(Incumbent, AKeyThatIsNoMemberHasNoVoice) {
  Snapshot snapshot = snapshot_of({{kToday - 1, 3, 5}});
  snapshot.members.clear();
  EXPECT_EQ(incumbent(kDay, snapshot), std::nullopt);
}

}  // namespace
}  // namespace noonmark::submission
