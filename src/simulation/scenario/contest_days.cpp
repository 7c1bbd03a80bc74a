#include "simulation/scenario/contest_days.h"

#include <algorithm>
#include <set>

#include "base/core/random.h"
#include "simulation/world/world.h"

namespace noonmark::scenario {
namespace {

using world::Cast;
using world::MinerKind;
using world::ValidatorKind;

constexpr book::Rao kStake = 10'000'000'000'000;
constexpr int kSybilKeys = 5;
// The adversary is one of the best miners, or one in the middle: what pays more counts.
constexpr double kLeader = 0.5, kMiddle = 0.72;
constexpr std::string_view kBought = "bought miner";

struct Trick {
  MinerKind kind, instead;
};
constexpr Trick kTricks[] = {
    {MinerKind::copier, MinerKind::absent},  {MinerKind::squatter, MinerKind::absent},
    {MinerKind::sybil, MinerKind::honest},   {MinerKind::wide_sybil, MinerKind::honest},
    {MinerKind::garbage, MinerKind::absent}, {MinerKind::sleeper, MinerKind::honest},
    {MinerKind::look_up, MinerKind::absent}, {MinerKind::memory_thief, MinerKind::honest},
};
constexpr ValidatorKind kBadValidators[] = {ValidatorKind::weight_copier, ValidatorKind::lazy};
constexpr int kStakes[] = {10, 20, 30, 40, 45, 49, 51, 55, 60, 70};

world::Miner miner(const std::string& name, MinerKind kind, double skill) {
  world::Miner one{name, kind, {}, {}, skill};
  for (int i = 0; i < kSybilKeys; ++i) {
    one.hotkeys.push_back(world::account_of(name + " hot " + std::to_string(i)));
    const int owner = kind == MinerKind::wide_sybil ? i : 0;
    one.coldkeys.push_back(world::account_of(name + " cold " + std::to_string(owner)));
  }
  return one;
}

/// The honest market; the first miner and the last validator are the ones that turn.
Cast honest_cast(const ContestDays& settings, double skill) {
  Cast cast;
  core::Philox random(settings.seed, 5);
  for (int i = 0; i < settings.miners; ++i) {
    const double own = 0.55 + 0.4 * random.uniform();
    cast.miners.push_back(miner("miner " + std::to_string(i + 1), MinerKind::honest, i == 0 ? skill : own));
  }
  for (int i = 0; i < settings.validators; ++i) {
    const std::string name = "validator " + std::to_string(i + 1);
    cast.validators.push_back(
        {name, ValidatorKind::honest, world::account_of(name + " hot"), world::account_of(name + " cold"), kStake});
  }
  return cast;
}

/// Gives the last validator `per_cent` of all stake, or leaves it as it is for 0, and adds the key that it may pay.
Cast with_coalition(const ContestDays& settings, int per_cent, ValidatorKind kind) {
  Cast cast = honest_cast(settings, kMiddle);
  cast.miners.push_back(
      {std::string(kBought), MinerKind::absent, {world::account_of(kBought)}, {world::account_of("bribed cold")}, 1});
  const auto others = static_cast<book::Rao>(settings.validators - 1) * kStake;
  cast.validators.back().stake = others / static_cast<book::Rao>(100 - per_cent) * static_cast<book::Rao>(per_cent);
  cast.validators.back().kind = kind;
  return cast;
}

class Story {
 public:
  Story(const ContestDays& settings, const std::function<bool()>& stop, const OnProgress& on_progress)
      : settings_(settings), stop_(stop), on_progress_(on_progress) {}

  core::Result<Report> run() {
    report_.settings = settings_;
    report_.money_conserved = true;  // a world that loses money fails
    TRY(honest_market());
    for (const Trick& trick : kTricks) TRY(miner_gain(trick));
    for (const ValidatorKind kind : kBadValidators) TRY(validator_gain(kind));
    TRY(coalition_gain());
    return std::move(report_);
  }

 private:
  core::Result<world::Outcome> play_one(const Cast& cast, std::string_view what) {
    if (stop_()) return core::cancelled("stopped; nothing is kept of a simulation");
    on_progress_(played_, kRuns, what);
    world::Settings settings;
    settings.contest = settings_.contest;
    settings.days = settings_.days;
    settings.seed = settings_.seed;
    world::Outcome outcome = TRY(world::play(cast, settings).context(std::string(what)));
    played_ += 1;
    report_.entries_without_ending += outcome.unfinished;
    return outcome;
  }
  double daily(std::uint64_t earned) const { return static_cast<double>(earned) / settings_.days; }

  core::Result<void> honest_market() {
    const world::Outcome outcome = TRY(play_one(honest_cast(settings_, kMiddle), "honest market"));
    for (const world::Income& one : outcome.miners) report_.miner_pay += daily(one.earned) / settings_.miners;
    for (const world::Income& one : outcome.validators)
      report_.validator_pay += daily(one.earned) / settings_.validators;
    report_.agreement = static_cast<double>(outcome.agreed) / outcome.days;
    return {};
  }

  core::Result<double> miner_income(MinerKind kind, MinerKind keys_of, double skill) {
    Cast cast = honest_cast(settings_, skill);
    cast.miners[0] = miner(cast.miners[0].name, keys_of, skill);  // the same keys are registered either way
    cast.miners[0].kind = kind;
    const world::Outcome outcome = TRY(play_one(cast, name_of(kind)));
    return daily(outcome.miners[0].earned);
  }

  core::Result<void> miner_gain(const Trick& trick) {
    std::optional<Gain> most;
    for (const double skill : {kLeader, kMiddle}) {
      Gain gain{std::string(name_of(trick.kind)), std::string(name_of(trick.instead)), 0, 0, {}};
      gain.earned = TRY(miner_income(trick.kind, trick.kind, skill));
      gain.honest = TRY(miner_income(trick.instead, trick.kind, skill));
      if (!most || gain.gain() > most->gain()) most = gain;
    }
    report_.gains.push_back(*most);
    return {};
  }

  core::Result<void> validator_gain(ValidatorKind kind) {
    Gain gain{std::string(name_of(kind)), "honest validator", 0, report_.validator_pay, {}};
    Cast cast = honest_cast(settings_, kMiddle);
    gain.honest = daily(TRY(play_one(cast, "honest validator")).validators.back().earned);
    cast.validators.back().kind = kind;
    gain.earned = daily(TRY(play_one(cast, name_of(kind))).validators.back().earned);
    report_.gains.push_back(gain);
    return {};
  }

  core::Result<Gain> coalition(int per_cent) {
    Gain gain{"bribed validators with " + std::to_string(per_cent) + " % of the stake", "honest validators", 0, 0, {}};
    const auto income = [&](const world::Outcome& outcome) {
      return daily(outcome.validators.back().earned + outcome.miners.back().earned);
    };
    gain.honest = income(TRY(play_one(with_coalition(settings_, per_cent, ValidatorKind::honest), "honest coalition")));
    gain.earned = income(TRY(play_one(with_coalition(settings_, per_cent, ValidatorKind::bribed), gain.adversary)));
    return gain;
  }

  core::Result<void> coalition_gain() {
    std::optional<int> needs;
    for (const int per_cent : kStakes) {
      Gain gain = TRY(coalition(per_cent));
      if (report_.pays(gain) && !needs) needs = per_cent;
      gain.needs_stake = needs;
      report_.gains.push_back(std::move(gain));
    }
    return {};
  }

  static constexpr double kRuns =
      1 + 4.0 * std::size(kTricks) + 2.0 * std::size(kBadValidators) + 2.0 * std::size(kStakes);
  const ContestDays& settings_;
  const std::function<bool()>& stop_;
  const OnProgress& on_progress_;
  double played_ = 0;
  Report report_;
};

}  // namespace

core::Result<Report> play(const ContestDays& settings, const std::function<bool()>& stop,
                          const OnProgress& on_progress) {
  if (settings.validators < 3 || settings.validators > 7) return core::invalid("a market has 3 to 7 validators");
  if (settings.miners < 5 || settings.miners > 40) return core::invalid("a market has 5 to 40 miners");
  if (settings.days < 1 || settings.days > 3660) return core::invalid("a market runs for 1 to 3660 days");
  return Story(settings, stop, on_progress).run();
}

codec::Json to_json(const Report& report) {
  codec::Json::Array gains;
  for (const Gain& one : report.gains) {
    gains.push_back(
        codec::Json::object({{"adversary", one.adversary},
                             {"instead", one.instead},
                             {"earned", one.earned},
                             {"honest", one.honest},
                             {"gain", one.gain()},
                             {"pays", report.pays(one)},
                             {"needs_stake", one.needs_stake ? codec::Json(*one.needs_stake) : codec::Json()}}));
  }
  return codec::Json::object({{"scenario", "contest-days"},
                              {"days", report.settings.days},
                              {"validators", report.settings.validators},
                              {"miners", report.settings.miners},
                              {"seed", static_cast<std::int64_t>(report.settings.seed)},
                              {"miner_pay", report.miner_pay},
                              {"validator_pay", report.validator_pay},
                              {"agreement", report.agreement},
                              {"entries_without_ending", report.entries_without_ending},
                              {"money_conserved", report.money_conserved},
                              {"gains", codec::Json(std::move(gains))}});
}

}  // namespace noonmark::scenario
