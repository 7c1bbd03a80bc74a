#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "contest/rules/contest.h"
#include "ledger/runtime/runtime.h"
#include "simulation/world/actors.h"
#include "simulation/world/referee.h"

namespace noonmark::world {

/// A world's people and rules.
struct Cast {
  std::vector<Miner> miners;
  std::vector<Validator> validators;
};

struct Settings {
  rules::Contest contest;  ///< calendar, verdict policy, shares and submission rules are used as they stand
  int days = 100;          ///< that count; kUncountedDays come before them
  std::uint64_t seed = 1;
  Noise noise;
  double progress = 0.05;  ///< chance that an honest miner has better work on a day
};

/// What one actor had at the end, more than when counting began.
struct Income {
  std::string name;
  std::uint64_t earned = 0;  ///< rao: stake and balances of all its keys
};

/// Before the first day is finished everybody gets the same (there is nothing to pay by), so counting begins after it.
inline constexpr int kUncountedDays = 2;

struct Outcome {
  std::vector<Income> miners, validators;  ///< in the cast's order
  int days = 0, agreed = 0;                ///< days, and those on which all honest validators named the same winner
  int unfinished = 0;                      ///< entries of a day that got no ending from an honest validator: must be 0
  int epochs = 0;                          ///< in which money was given
  runtime::Audit audit;                    ///< at the end
};

/// Called after each day, uncounted ones among them.
using OnDay = std::function<void(int day)>;

/// Plays contest days in fake time: keys register in the genesis block, miners seal and open entries on the ledger,
/// every validator collects them with submission::collect, tries them with noise of its own, decides with
/// verdict::decide, publishes who won, and pays with plan::make_plan by commit and reveal. The embedded chain runs Yuma
/// and gives the emission. Blocks are five minutes long and an epoch six hours, so that a year takes minutes.
///
/// Checked in every epoch: all money that was issued exists or was burned, exactly; after every day: each entry that
/// was committed has an ending. Deterministic by seed and cast.
/// Fails: internal, naming the day, when something that must hold doesn't.
core::Result<Outcome> play(const Cast& cast, const Settings& settings, const OnDay& on_day = {});

}  // namespace noonmark::world
