#include "ledger/runtime/yuma.h"

#include <numeric>

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/core/files.h"
#include "base/core/random.h"

namespace noonmark::runtime {
namespace {

using codec::Json;

Json golden(const std::string& name) {
  return codec::parse_json(core::read_text(NOONMARK_SOURCE_DIR "/tests/golden/chain/" + name, 4 << 20).value()).value();
}

std::uint64_t number(const Json& json, std::string_view name) {
  return static_cast<std::uint64_t>(json.find(name)->as_integer());
}

YumaRules rules_of(const Json& json) {
  YumaRules rules;
  rules.block = number(json, "block");
  rules.last_tempo =
      json.find("lastTempo") != nullptr ? number(json, "lastTempo") : rules.block - number(json, "tempo");
  rules.activity_cutoff = number(json, "activityCutoff");
  rules.kappa = static_cast<std::uint16_t>(number(json, "kappa"));
  rules.bonds_penalty = static_cast<std::uint16_t>(number(json, "bondsPenalty"));
  rules.bonds_moving_average = number(json, "bondsMovingAverage");
  rules.max_validators = static_cast<std::uint16_t>(number(json, "maxValidators"));
  rules.yuma3 = json.find("yuma3")->as_bool();
  rules.liquid_alpha = json.find("liquidAlpha")->as_bool();
  rules.alpha_low = static_cast<std::uint16_t>(number(json, "alphaLow"));
  rules.alpha_high = static_cast<std::uint16_t>(number(json, "alphaHigh"));
  rules.sigmoid_steepness = static_cast<std::int16_t>(json.find("steepness")->as_integer());
  if (const Json* threshold = json.find("stakeThreshold"))
    rules.stake_threshold = static_cast<std::uint64_t>(threshold->as_integer());
  if (const Json* owner = json.find("owner"); owner != nullptr && owner->is_integer() && owner->as_integer() >= 0) {
    rules.owner = static_cast<std::uint16_t>(owner->as_integer());
  }
  return rules;
}

ShareRow row_of(const Json& json) {
  ShareRow row;
  for (const Json& cell : json.as_array()) {
    row.emplace_back(cell.as_array()[0].as_integer(), cell.as_array()[1].as_integer());
  }
  return row;
}

std::vector<YumaNeuron> neurons_of(const Json& json) {
  std::vector<YumaNeuron> neurons(json.find("stake")->as_array().size());
  for (std::size_t i = 0; i < neurons.size(); ++i) {
    const auto at = [&](const char* name) -> const Json& { return json.find(name)->as_array()[i]; };
    neurons[i].stake = static_cast<std::uint64_t>(at("stake").as_integer());
    neurons[i].last_update = static_cast<std::uint64_t>(at("lastUpdate").as_integer());
    neurons[i].registered_at = static_cast<std::uint64_t>(at("registered").as_integer());
    neurons[i].permit = at("permit").as_bool();
    neurons[i].weights = row_of(at("weights"));
    neurons[i].bonds = row_of(at("bonds"));
  }
  return neurons;
}

template <class T>
void expect_list(const Json* wanted, const std::vector<T>& got, const std::string& what) {
  if (wanted == nullptr) return;
  ASSERT_EQ(wanted->as_array().size(), got.size()) << what;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const Json& one = wanted->as_array()[i];
    const std::int64_t value = one.is_bool() ? std::int64_t{one.as_bool()} : one.as_integer();
    EXPECT_EQ(value, static_cast<std::int64_t>(got[i])) << what << " of uid " << i;
  }
}
void expect_bonds(const Json& wanted, const std::vector<ShareRow>& got, const std::string& what) {
  ASSERT_EQ(wanted.as_array().size(), got.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_EQ(row_of(wanted.as_array()[i]), got[i]) << what << ", bonds of uid " << i;
}

TEST(Yuma, EqualsThePalletsOwnTests) {
  const Json cases = golden("yuma_pallet_tests.json");
  for (const Json& one : cases.as_array()) {
    const std::string& name = one.find("name")->as_string();
    const Json &params = *one.find("params"), &out = *one.find("out");
    const YumaResult result = yuma(rules_of(params), neurons_of(*one.find("state")), number(params, "emission"));
    expect_list(out.find("incentive"), result.incentive, name + ": incentive");
    expect_list(out.find("dividends"), result.dividends, name + ": dividends");
    expect_list(out.find("consensus"), result.consensus, name + ": consensus");
    expect_list(out.find("validatorTrust"), result.validator_trust, name + ": validator trust");
    expect_list(out.find("permit"), result.permit, name + ": permit");
    expect_list(out.find("active"), result.active, name + ": active");
    expect_list(out.find("emission"), result.emission, name + ": emission");
    expect_list(out.find("server"), result.server_emission, name + ": server emission");
    expect_list(out.find("validator"), result.validator_emission, name + ": validator emission");
    expect_bonds(*out.find("bonds"), result.bonds, name);
  }
  EXPECT_EQ(cases.as_array().size(), 31u);
}

TEST(Yuma, EqualsTheRealRuntimeOnTwentyRandomSubnets) {
  const Json cases = golden("yuma_cases.json");
  for (const Json& one : cases.as_array()) {
    const std::string& name = one.find("name")->as_string();
    const Json &in = *one.find("in"), &out = *one.find("out");
    // What the epoch had to give stands in its result only.
    std::uint64_t emission = 0;
    for (const Json& part : out.find("Emission")->as_array()) emission += static_cast<std::uint64_t>(part.as_integer());
    const YumaResult result = yuma(rules_of(in), neurons_of(in), emission);
    expect_list(out.find("Incentive"), result.incentive, name + ": incentive");
    expect_list(out.find("Dividends"), result.dividends, name + ": dividends");
    expect_list(out.find("Consensus"), result.consensus, name + ": consensus");
    expect_list(out.find("ValidatorTrust"), result.validator_trust, name + ": validator trust");
    expect_list(out.find("ValidatorPermit"), result.permit, name + ": permit");
    expect_list(out.find("Active"), result.active, name + ": active");
    expect_list(out.find("Rank"), result.incentive, name + ": rank");
    expect_list(out.find("Trust"), result.trust, name + ": trust");
    expect_list(out.find("StakeWeight"), result.stake_weight, name + ": stake weight");
    expect_list(out.find("PruningScores"), result.pruning_score, name + ": pruning score");
    expect_bonds(*out.find("Bonds"), result.bonds, name);
  }
  EXPECT_EQ(cases.as_array().size(), 20u);
}

TEST(Yuma, NeverEmitsMoreThanThereIs) {
  core::Philox random(11);
  for (int round = 0; round < 200; ++round) {
    YumaRules rules;
    rules.block = 1000;
    rules.last_tempo = 900;
    rules.yuma3 = random.below(2) == 1;
    rules.liquid_alpha = random.below(2) == 1;
    std::vector<YumaNeuron> neurons(1 + random.below(12));
    for (YumaNeuron& neuron : neurons) {
      neuron = {random.below(5) == 0 ? 0 : random.below(std::uint64_t{1} << 50),
                random.below(1000),
                random.below(1000),
                random.below(2) == 1,
                {},
                {},
                {}};
      for (std::uint16_t j = 0; j < neurons.size() + 2; ++j) {  // beyond the last neuron too
        if (random.below(2) == 1) neuron.weights.emplace_back(j, random.below(65536));
        if (random.below(2) == 1) neuron.bonds.emplace_back(j, random.below(65536));
      }
    }
    const std::uint64_t emission = random.below(std::uint64_t{1} << 40);
    const YumaResult result = yuma(rules, neurons, emission);
    const auto total = [](const std::vector<std::uint64_t>& parts) {
      return std::accumulate(parts.begin(), parts.end(), std::uint64_t{0});
    };
    EXPECT_LE(total(result.emission), emission);
    EXPECT_LE(total(result.server_emission) + total(result.validator_emission), emission);
  }
}

TEST(Yuma, NobodyIsPaidNothing) {
  const YumaResult result = yuma({}, {}, 1000);
  EXPECT_TRUE(result.emission.empty());
}

}  // namespace
}  // namespace noonmark::runtime
