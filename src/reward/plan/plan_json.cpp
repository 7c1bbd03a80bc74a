#include <limits>

#include "base/codec/fields.h"
#include "reward/plan/plan.h"

namespace noonmark::plan {
namespace {

using codec::Fields;
using codec::Json;

core::Result<Earning> read_earning(const Json& json) {
  Fields fields(json, "result.earnings");
  Earning earning;
  const std::string hotkey = fields.text("hotkey", 64);
  earning.registered_at = static_cast<std::uint64_t>(fields.integer("registered_at", 0));
  earning.units = fields.integer("units", 1, verdict::kWeightUnits);
  TRY(fields.finish());
  earning.hotkey = TRY(AccountId::parse(hotkey).context("result.earnings.hotkey"));
  return earning;
}

}  // namespace

Json to_json(const DayResult& result) {
  Json earnings = Json::array();
  for (const Earning& earning : result.earnings) {
    earnings.push_back(Json::object(
        {{"hotkey", earning.hotkey.ss58()}, {"registered_at", earning.registered_at}, {"units", earning.units}}));
  }
  return Json::object({{"day", result.day.text()}, {"share", result.share}, {"earnings", std::move(earnings)}});
}

core::Result<DayResult> day_result_from_json(const Json& json) {
  Fields fields(json, "result");
  DayResult result;
  const std::string day = fields.text("day", 128);
  result.share = static_cast<int>(fields.integer("share", 1, kMaxShare));
  const Json::Array& earnings = fields.array("earnings", kMaxEarnings);
  TRY(fields.finish());
  result.day = TRY(rules::ContestDay::parse(day).context("result.day"));
  for (const Json& earning : earnings) result.earnings.push_back(TRY(read_earning(earning)));
  TRY(check(result));
  return result;
}

Json to_json(const std::vector<book::Weight>& weights) {
  Json list = Json::array();
  for (const book::Weight& weight : weights) {
    list.push_back(Json(Json::Array{static_cast<int>(weight.uid), static_cast<int>(weight.value)}));
  }
  return list;
}

core::Result<std::vector<book::Weight>> weights_from_json(const Json& json) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint16_t>::max();
  if (!json.is_array() || json.as_array().size() > static_cast<std::size_t>(kMost) + 1) {
    return core::invalid("weights must be an array of [uid, value]");
  }
  const auto small = [](const Json& item) {
    return item.is_integer() && item.as_integer() >= 0 && item.as_integer() <= kMost;
  };
  std::vector<book::Weight> weights;
  for (const Json& item : json.as_array()) {
    if (!item.is_array() || item.as_array().size() != 2 || !small(item.as_array()[0]) || !small(item.as_array()[1])) {
      return core::invalid("weights must hold pairs [uid, value] of numbers up to 65535");
    }
    const book::Weight weight{static_cast<book::Uid>(item.as_array()[0].as_integer()),
                              static_cast<std::uint16_t>(item.as_array()[1].as_integer())};
    if (!weights.empty() && weights.back().uid >= weight.uid) return core::invalid("weights must be in order of uids");
    weights.push_back(weight);
  }
  return weights;
}

Json to_json(const Plan& plan) {
  Json lines = Json::array();
  for (const Line& line : plan.lines) {
    Json json = Json::object(
        {{"hotkey", line.hotkey.ss58()}, {"value", static_cast<int>(line.value)}, {"reason", line.reason}});
    if (line.uid) json["uid"] = static_cast<int>(*line.uid);
    lines.push_back(std::move(json));
  }
  return Json::object({{"weights", to_json(plan.weights)}, {"lines", std::move(lines)}});
}

}  // namespace noonmark::plan
