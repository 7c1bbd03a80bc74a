#include "contest/rules/contest.h"
#include "contest/rules/internal/names.h"

namespace noonmark::rules {
namespace {

using codec::Json;

Json texts(const std::vector<std::string>& lines) {
  Json array = Json::array();
  for (const std::string& line : lines) array.push_back(line);
  return array;
}

double seconds(std::chrono::milliseconds duration) { return static_cast<double>(duration.count()) / 1000; }

Json write_inputs(const Inputs& inputs) {
  Json json = Json::object({{"count", inputs.count}, {"width", inputs.width}, {"height", inputs.height}});
  json["examples"] = texts(inputs.examples);
  if (!inputs.prompts.empty()) json["prompts"] = texts(inputs.prompts);
  if (inputs.prompt_template.empty()) return json;
  json["template"] = inputs.prompt_template;
  Json words = Json::object();
  for (const auto& [name, list] : inputs.words) words[name] = texts(list);
  json["words"] = std::move(words);
  return json;
}

Json write_measurement(const record::Settings& settings) {
  Json json = record::to_json(settings);
  json.as_object().erase("primary_clock");  // stands under device
  for (const char* name : {"budget", "host_patience"}) {
    const std::string in_nanoseconds = std::string(name) + "_ns";
    json[std::string(name) + "_seconds"] = static_cast<double>(json.find(in_nanoseconds)->as_integer()) / 1e9;
    json.as_object().erase(in_nanoseconds);
  }
  return json;
}

Json write_fidelity(const Fidelity& fidelity) {
  Json json = Json::object();
  if (fidelity.mean_floor) json["mean_floor"] = *fidelity.mean_floor;
  if (fidelity.minimum_floor) json["minimum_floor"] = *fidelity.minimum_floor;
  return json;
}

Json write_calendar(const Calendar& calendar) {
  Json days = Json::array();
  for (std::size_t i = 0; i < calendar.days.size(); ++i) {
    if (calendar.days[i]) days.push_back(internal::kDays[i]);
  }
  const auto seconds = calendar.time.count();
  std::string time;
  const auto two = [&](std::int64_t number) {
    if (!time.empty()) time += ':';
    time += static_cast<char>('0' + number / 10);
    time += static_cast<char>('0' + number % 10);
  };
  two(seconds / 3600);
  two(seconds / 60 % 60);
  if (seconds % 60 != 0) two(seconds % 60);  // so that most contests keep the form, and the digest, they always had
  return Json::object({{"zone", calendar.zone}, {"time", time}, {"days", std::move(days)}});
}

}  // namespace

Json to_json(const Contest& contest) {
  Json baseline = Json::object({{"package", contest.baseline}});
  if (contest.baseline_digest) baseline["digest"] = "sha256:" + contest.baseline_digest->hex();
  Json metrics = Json::object();
  for (const auto& [metric, weight] : contest.weights) metrics[record::name_of(metric)] = weight;
  Json shares = Json::array();
  for (const double share : contest.payout.shares) shares.push_back(share);
  Json json = Json::object({
      {"format", internal::kFormat},
      {"id", contest.id},
      {"title", contest.title},
      {"task", contest.task},
      {"baseline", std::move(baseline)},
      {"device", Json::object({{"name", contest.device.name},
                               {"cores", contest.device.cores},
                               {"threads", contest.device.threads},
                               {"primary_clock", record::name_of(contest.measurement.primary_clock)},
                               {"memory_limit_mib", contest.device.memory_limit_mib}})},
      {"metrics", std::move(metrics)},
      {"fidelity", write_fidelity(contest.fidelity)},
      {"verdict",
       Json::object({{"policy", contest.verdict.policy}, {"dethrone_margin", contest.verdict.dethrone_margin}})},
      {"inputs", write_inputs(contest.inputs)},
      {"measurement", write_measurement(contest.measurement)},
      {"limits", Json::object({{"load_seconds", seconds(contest.limits.load)},
                               {"request_seconds", seconds(contest.limits.request)},
                               {"entry_seconds", seconds(contest.limits.entry)},
                               {"package_mib", contest.limits.package_mib},
                               {"max_entries", contest.limits.max_entries}})},
      {"calendar", write_calendar(contest.calendar)},
      {"payout", Json::object({{"shares", std::move(shares)}})},
  });
  if (contest.submission != Submission{}) {
    json["submission"] = Json::object({{"reveal_seconds", static_cast<std::int64_t>(contest.submission.reveal.count())},
                                       {"max_per_coldkey", contest.submission.max_per_coldkey}});
  }
  return json;
}

}  // namespace noonmark::rules
