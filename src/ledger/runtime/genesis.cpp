#include "ledger/runtime/genesis.h"

#include "base/codec/fields.h"

namespace noonmark::runtime {
namespace {

using codec::Fields;
using codec::Json;

constexpr std::int64_t kMax16 = UINT16_MAX;

Json number(std::uint64_t value) { return Json(static_cast<std::int64_t>(value)); }

book::AccountId account(Fields& fields, std::string_view key) {
  const std::string text = fields.text(key, 128);
  if (!fields.ok()) return {};
  const auto parsed = book::AccountId::parse(text);
  if (!parsed.ok()) fields.fail(key, parsed.error().message);
  return parsed.ok() ? *parsed : book::AccountId{};
}
std::uint64_t amount_or(Fields& fields, std::string_view key, std::uint64_t fallback) {
  return static_cast<std::uint64_t>(fields.integer_or(key, static_cast<std::int64_t>(fallback), 0));
}
std::uint16_t small_or(Fields& fields, std::string_view key, std::uint16_t fallback, std::int64_t min) {
  return static_cast<std::uint16_t>(fields.integer_or(key, fallback, min, kMax16));
}

Json to_json(const Genesis::Subnet& subnet) {
  Json neurons = Json::array();
  for (const Genesis::Neuron& neuron : subnet.neurons) {
    neurons.push_back(Json::object({{"hotkey", neuron.hotkey.ss58()},
                                    {"coldkey", neuron.coldkey.ss58()},
                                    {"stake", number(neuron.stake)},
                                    {"validator_permit", neuron.validator_permit}}));
  }
  return Json::object({{"owner", subnet.owner.ss58()},
                       {"owner_hotkey", subnet.owner_hotkey.ss58()},
                       {"tempo", number(subnet.tempo)},
                       {"max_uids", number(subnet.max_uids)},
                       {"max_validators", number(subnet.max_validators)},
                       {"min_allowed_weights", number(subnet.min_allowed_weights)},
                       {"immunity_period", number(subnet.immunity_period)},
                       {"weights_rate_limit", number(subnet.weights_rate_limit)},
                       {"serving_rate_limit", number(subnet.serving_rate_limit)},
                       {"burn", number(subnet.burn)},
                       {"commit_reveal", subnet.commit_reveal},
                       {"yuma3", subnet.yuma3},
                       {"neurons", std::move(neurons)}});
}

core::Result<Genesis::Neuron> neuron_of(const Json& json, const std::string& where) {
  Fields fields(json, where);
  Genesis::Neuron neuron;
  neuron.hotkey = account(fields, "hotkey");
  neuron.coldkey = account(fields, "coldkey");
  neuron.stake = amount_or(fields, "stake", 0);
  neuron.validator_permit = fields.flag_or("validator_permit", false);
  TRY(fields.finish());
  return neuron;
}

core::Result<Genesis::Subnet> subnet_of(const Json& json, const std::string& where) {
  Fields fields(json, where);
  Genesis::Subnet subnet;
  subnet.owner = account(fields, "owner");
  subnet.owner_hotkey = account(fields, "owner_hotkey");
  subnet.tempo = small_or(fields, "tempo", subnet.tempo, 2);
  subnet.max_uids = small_or(fields, "max_uids", subnet.max_uids, 1);
  subnet.max_validators = small_or(fields, "max_validators", subnet.max_validators, 1);
  subnet.min_allowed_weights = small_or(fields, "min_allowed_weights", subnet.min_allowed_weights, 0);
  subnet.immunity_period = small_or(fields, "immunity_period", subnet.immunity_period, 0);
  subnet.weights_rate_limit = amount_or(fields, "weights_rate_limit", subnet.weights_rate_limit);
  subnet.serving_rate_limit = amount_or(fields, "serving_rate_limit", subnet.serving_rate_limit);
  subnet.burn = amount_or(fields, "burn", subnet.burn);
  subnet.commit_reveal = fields.flag_or("commit_reveal", subnet.commit_reveal);
  subnet.yuma3 = fields.flag_or("yuma3", subnet.yuma3);
  if (fields.has("neurons")) {
    const Json::Array& list = fields.array("neurons", 4096);
    for (std::size_t i = 0; i < list.size(); ++i) {
      subnet.neurons.push_back(TRY(neuron_of(list[i], where + ".neurons[" + std::to_string(i) + "]")));
    }
  }
  TRY(fields.finish());
  return subnet;
}

}  // namespace

Json to_json(const Genesis& genesis) {
  Json endowed = Json::array(), subnets = Json::array();
  for (const Genesis::Endowment& one : genesis.endowed) {
    endowed.push_back(Json::object({{"account", one.account.ss58()}, {"amount", number(one.amount)}}));
  }
  for (const Genesis::Subnet& one : genesis.subnets) subnets.push_back(to_json(one));
  return Json::object({{"format", 1},
                       {"chain", genesis.chain},
                       {"sudo", genesis.sudo.ss58()},
                       {"block_time_ms", number(genesis.block_time_ms)},
                       {"block_emission", number(genesis.block_emission)},
                       {"endowed", std::move(endowed)},
                       {"subnets", std::move(subnets)}});
}

core::Result<Genesis> genesis_from_json(const Json& json) {
  Fields fields(json, "genesis");
  Genesis genesis;
  fields.integer("format", 1, 1);
  genesis.chain = fields.text("chain", 64);
  genesis.sudo = account(fields, "sudo");
  genesis.block_time_ms = static_cast<std::uint64_t>(fields.integer_or("block_time_ms", 12'000, 10, 3'600'000));
  genesis.block_emission = amount_or(fields, "block_emission", genesis.block_emission);
  const Json::Array endowed = fields.array("endowed", 100'000), subnets = fields.array("subnets", 128);
  TRY(fields.finish());
  for (std::size_t i = 0; i < endowed.size(); ++i) {
    Fields one(endowed[i], "genesis.endowed[" + std::to_string(i) + "]");
    const book::AccountId who = account(one, "account");
    genesis.endowed.push_back({who, static_cast<std::uint64_t>(one.integer("amount", 0, std::int64_t{1} << 60))});
    TRY(one.finish());
  }
  for (std::size_t i = 0; i < subnets.size(); ++i) {
    genesis.subnets.push_back(TRY(subnet_of(subnets[i], "genesis.subnets[" + std::to_string(i) + "]")));
  }
  return genesis;
}

}  // namespace noonmark::runtime
