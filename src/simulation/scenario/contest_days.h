#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"
#include "contest/rules/contest.h"

namespace noonmark::scenario {

/// The story "contest-days": an honest market of contest days, and the same market again and again with one of its
/// people turned into an adversary. What the adversary gains by that is the difference.
struct ContestDays {
  rules::Contest contest;
  int days = 100;
  int validators = 5;  ///< 3 to 7
  int miners = 20;     ///< 5 to 40
  std::uint64_t seed = 1;
};

/// One adversary. Money in rao for each day.
struct Gain {
  std::string adversary;
  std::string instead;  ///< what it could have done honestly, which the gain is measured against
  double earned = 0, honest = 0;
  double gain() const { return earned - honest; }
  /// For a coalition of validators: the smallest share of all stake, in whole per cents, from which the gain is above
  /// 0.
  std::optional<int> needs_stake;
};

struct Report {
  ContestDays settings;
  double miner_pay = 0, validator_pay = 0;  ///< of an honest one, on average, in rao for each day
  double agreement = 0;                     ///< share of the honest market's days on which all named the same winner
  int entries_without_ending = 0;           ///< must be 0
  bool money_conserved = false;             ///< at every epoch of every run
  std::vector<Gain> gains;
  /// Whether an adversary gains at all: other keys draw other luck, which a hundredth of an honest miner's pay covers.
  bool pays(const Gain& gain) const { return gain.gain() > miner_pay / 100; }
};

/// Told what is being played, and how much of the whole is done.
using OnProgress = std::function<void(double done, double total, std::string_view what)>;

/// Fails: invalid (numbers out of range), internal when something that must hold in every world doesn't; cancelled.
core::Result<Report> play(const ContestDays& settings, const std::function<bool()>& stop,
                          const OnProgress& on_progress);

codec::Json to_json(const Report& report);

}  // namespace noonmark::scenario
