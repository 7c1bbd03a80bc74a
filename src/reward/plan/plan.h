#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"
#include "contest/rules/contest_day.h"
#include "contest/verdict/verdict.h"
#include "ledger/book/types.h"

namespace noonmark::plan {

using sign::AccountId;

inline constexpr int kMaxShare = 1000;

/// What one key earned on one day of one contest.
struct Earning {
  AccountId hotkey;
  std::uint64_t registered_at = 0;  ///< Block of the registration that it took part with.
  std::int64_t units = 0;           ///< Of verdict::kWeightUnits; above 0.
  bool operator==(const Earning&) const = default;
};

/// The outcome of one finished day of one contest.
struct DayResult {
  rules::ContestDay day;
  int share = kMaxShare;          ///< Thousandths of the subnet's reward that the contest pays; above 0.
  std::vector<Earning> earnings;  ///< One for each key; together at most kWeightUnits. Empty: nobody earned.
  bool operator==(const DayResult&) const = default;
};

inline constexpr std::size_t kMaxContests = 100;
inline constexpr std::size_t kMaxEarnings = 65'536;

/// Why a key gets what it gets.
struct Line {
  AccountId hotkey;
  std::optional<book::Uid> uid;  ///< Nothing when the key isn't registered.
  std::uint16_t value = 0;
  std::string reason;
  bool operator==(const Line&) const = default;
};

struct Plan {
  std::vector<book::Weight> weights;  ///< By uid. The largest value is 65535; empty when there is nobody to pay.
  std::vector<Line> lines;            ///< By hotkey: everybody who earned, and everybody with a weight.
  bool operator==(const Plan&) const = default;
};

/// A validator's row of weights. Pure; the order of the input doesn't matter.
///
/// Of each contest the newest day in `results` pays: while a day is being held, the last finished one goes on paying.
/// A key's reward is the sum over contests of share · units. It gets nothing when it (or its cold key) is `excluded`,
/// isn't registered, or was registered anew since. What it would have got is given to nobody: the ledger normalises
/// the row, so everybody else keeps their proportions to each other. The same holds for the share of a contest whose
/// day nobody won.
///
/// Where that leaves nobody (no finished day, nobody won), everybody gets the same: keys without a validator permit
/// that aren't excluded, or when there are none, all that aren't excluded.
///
/// Values are reward · 65535 / largest reward in whole numbers whose sum is exact to the nearest unit, larger
/// remainders first (then smaller uids). So a key's share of the row's sum is its share of the rewards to within
/// 1/65535, and a larger reward never has the smaller value. Rows shorter than the subnet's min_allowed_weights get
/// zeros for further uids.
///
/// Requires: check() of every result; at most kMaxContests different contests.
Plan make_plan(const book::Metagraph& subnet, const std::vector<DayResult>& results,
               const std::map<AccountId, std::string>& excluded = {});

/// Fails: invalid, naming what is out of range.
core::Result<void> check(const DayResult& result);

/// What a verdict means for the ledger. Entries are named by the SS58 text of the hot key that entered them;
/// `registrations` holds the block of each key's registration at the cut-off.
/// Fails: invalid when an entry that earned isn't named so, or not in `registrations`.
core::Result<DayResult> result_of(const verdict::Verdict& verdict, const rules::ContestDay& day, int share,
                                  const std::map<AccountId, std::uint64_t>& registrations);

codec::Json to_json(const DayResult& result);
/// Fails: invalid, also for what check() refuses.
core::Result<DayResult> day_result_from_json(const codec::Json& json);

/// {"weights": [[uid, value] …], "lines": […]}
codec::Json to_json(const Plan& plan);
codec::Json to_json(const std::vector<book::Weight>& weights);
core::Result<std::vector<book::Weight>> weights_from_json(const codec::Json& json);

}  // namespace noonmark::plan
