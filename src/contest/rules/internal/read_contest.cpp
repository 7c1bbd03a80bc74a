#include <cmath>
#include <set>

#include "base/codec/fields.h"
#include "base/codec/text.h"
#include "contest/rules/contest.h"
#include "contest/rules/inputs.h"
#include "contest/rules/internal/names.h"

namespace noonmark::rules {
namespace {

using codec::Fields;
using codec::Json;

constexpr std::size_t kMaxPrompt = 1000;
constexpr std::size_t kMaxWords = 10'000;

int small(Fields& fields, std::string_view key, int min, int max) {
  return static_cast<int>(fields.integer(key, min, max));
}

std::chrono::milliseconds seconds_or(Fields& fields, std::string_view key, std::chrono::milliseconds fallback) {
  const double seconds = fields.number_or(key, static_cast<double>(fallback.count()) / 1000, 0.001, 86'400);
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

/// One line that people and models can read.
void check_line(Fields& fields, std::string_view key, const std::string& text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (text.empty()) fields.fail(key, "may not be empty");
  if (!codec::is_utf8(text)) fields.fail(key, "must be UTF-8");
  if (std::any_of(text.begin(), text.end(), is_control)) fields.fail(key, "may not hold control characters");
}

std::vector<std::string> lines(Fields& fields, std::string_view key) {
  std::vector<std::string> result = fields.texts(key, kMaxWords, kMaxPrompt);
  std::set<std::string_view> seen;
  for (const std::string& line : result) {
    check_line(fields, key, line);
    if (!seen.insert(line).second) fields.fail(key, "holds '" + line + "' twice");
  }
  return result;
}

core::Result<Device> read_device(const Json& json, record::Settings& measurement) {
  Fields fields(json, "contest.device");
  Device device;
  device.name = fields.text("name", 200);
  check_line(fields, "name", device.name);
  device.cores = small(fields, "cores", 1, 1024);
  device.threads = small(fields, "threads", 1, 1024);
  const std::string clock = fields.text("primary_clock");
  const auto parsed = record::parse_primary_clock(clock);
  if (parsed.ok()) measurement.primary_clock = *parsed;
  if (!parsed.ok()) fields.fail("primary_clock", "must be 'cpu' or 'wall'");
  device.memory_limit_mib = fields.integer("memory_limit_mib", 16, 16 << 20);
  if (device.threads > device.cores) fields.fail("threads", "may not be more than cores");
  TRY(fields.finish());
  return device;
}

core::Result<std::map<record::Metric, double>> read_weights(const Json& json) {
  Fields fields(json, "contest.metrics");
  std::map<record::Metric, double> weights;
  for (const record::Metric metric : record::kAllMetrics) {
    const std::string_view name = record::name_of(metric);
    if (!fields.has(name)) continue;
    const double weight = fields.number(name, 0, 1000);
    if (weight == 0) fields.fail(name, "a weight of zero says nothing; leave the metric out instead");
    weights.emplace(metric, weight);
  }
  TRY(fields.finish());
  if (weights.empty()) return core::invalid("contest.metrics: at least one metric needs a weight");
  return weights;
}

core::Result<Fidelity> read_fidelity(const Json& json) {
  Fields fields(json, "contest.fidelity");
  Fidelity fidelity;
  if (fields.has("mean_floor")) fidelity.mean_floor = fields.number("mean_floor", 0, 1);
  if (fields.has("minimum_floor")) fidelity.minimum_floor = fields.number("minimum_floor", 0, 1);
  TRY(fields.finish());
  if (!fidelity.mean_floor && !fidelity.minimum_floor) {
    return core::invalid(
        "contest.fidelity: state mean_floor, minimum_floor or both; without a floor any picture would do");
  }
  return fidelity;
}

core::Result<VerdictPolicy> read_verdict(const Json& json) {
  Fields fields(json, "contest.verdict");
  VerdictPolicy policy;
  policy.policy = fields.text("policy", 64);
  if (!is_contest_id(policy.policy)) fields.fail("policy", "must be a name with version such as 'noonmark-1'");
  policy.dethrone_margin = fields.number_or("dethrone_margin", policy.dethrone_margin, 0, 1);
  TRY(fields.finish());
  return policy;
}

core::Result<void> read_words(const Json* json, Inputs& inputs) {
  if (json == nullptr) return {};
  Fields fields(*json, "contest.inputs.words");
  if (json->is_object()) {
    if (json->as_object().size() > 32) return core::invalid("contest.inputs.words: has more than 32 lists");
    for (const auto& [name, list] : json->as_object()) inputs.words[name] = lines(fields, name);
  }
  return fields.finish();
}

core::Result<Inputs> read_inputs(const Json& json) {
  Fields fields(json, "contest.inputs");
  Inputs inputs;
  inputs.count = small(fields, "count", 1, 1000);
  inputs.width = small(fields, "width", 8, 4096);
  inputs.height = small(fields, "height", 8, 4096);
  if (fields.has("examples")) inputs.examples = lines(fields, "examples");
  inputs.prompt_template = fields.text_or("template", "", kMaxPrompt);
  const Json* words = fields.optional_child("words");
  if (fields.has("prompts")) inputs.prompts = lines(fields, "prompts");
  TRY(fields.finish());
  TRY(read_words(words, inputs));
  if (inputs.prompt_template.empty() == inputs.prompts.empty()) {
    return core::invalid("contest.inputs: state either template with words, or prompts");
  }
  const std::uint64_t available = TRY(count_prompts(inputs));
  if (available < static_cast<std::uint64_t>(inputs.count)) {
    return core::invalid("contest.inputs.count: asks for " + std::to_string(inputs.count) + " prompts, but only " +
                         std::to_string(available) + " can be made besides the examples");
  }
  return inputs;
}

/// The settings' own reader does the rest; here times are in seconds, and the clock stands under device.
core::Result<record::Settings> read_measurement(const Json* json, record::PrimaryClock clock) {
  if (json != nullptr && !json->is_object()) return core::invalid("contest.measurement: must be an object");
  Json settings = json == nullptr ? Json::object() : *json;
  for (const char* name : {"budget", "host_patience"}) {
    const std::string in_seconds = std::string(name) + "_seconds";
    const std::string in_nanoseconds = std::string(name) + "_ns";
    if (settings.find(in_nanoseconds) != nullptr) {
      return core::invalid("contest.measurement." + in_nanoseconds + ": write " + in_seconds + " instead");
    }
    const Json* seconds = settings.find(in_seconds);
    if (seconds == nullptr) continue;
    if (!seconds->is_number() || !(seconds->as_number() >= 0 && seconds->as_number() <= 86'400)) {
      return core::invalid("contest.measurement." + in_seconds + ": must be a number from 0 to 86400");
    }
    settings[in_nanoseconds] = static_cast<std::int64_t>(std::llround(seconds->as_number() * 1e9));
    settings.as_object().erase(in_seconds);
  }
  if (settings.find("primary_clock") != nullptr) {
    return core::invalid("contest.measurement.primary_clock: stands under device");
  }
  settings["primary_clock"] = record::name_of(clock);
  return record::settings_from_json(settings).context("contest.measurement");
}

core::Result<Limits> read_limits(const Json* json) {
  Limits limits;
  if (json == nullptr) return limits;
  Fields fields(*json, "contest.limits");
  limits.load = seconds_or(fields, "load_seconds", limits.load);
  limits.request = seconds_or(fields, "request_seconds", limits.request);
  limits.entry = seconds_or(fields, "entry_seconds", limits.entry);
  limits.package_mib = fields.integer_or("package_mib", limits.package_mib, 1, 1 << 20);
  limits.max_entries = static_cast<int>(fields.integer_or("max_entries", limits.max_entries, 1, 100'000));
  TRY(fields.finish());
  return limits;
}

/// "12:00" or "12:00:30".
std::chrono::seconds read_time(Fields& fields) {
  const std::string text = fields.text("time", 16);
  const auto two = [&](std::size_t at) {
    const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : 99; };
    return 10 * digit(at) + digit(at + 1);
  };
  const bool whole_minute = text.size() == 5 && text[2] == ':';
  if (whole_minute || (text.size() == 8 && text[2] == ':' && text[5] == ':')) {
    const int hour = two(0), minute = two(3), second = whole_minute ? 0 : two(6);
    if (hour < 24 && minute < 60 && second < 60) return std::chrono::seconds(3600 * hour + 60 * minute + second);
  }
  fields.fail("time", "must be a time of day such as \"12:00\"");
  return {};
}

core::Result<Calendar> read_calendar(const Json* json) {
  Calendar calendar;
  if (json == nullptr) return calendar;
  Fields fields(*json, "contest.calendar");
  calendar.zone = fields.text("zone", 64);
  calendar.time = read_time(fields);
  if (fields.has("days")) {
    calendar.days = {};
    const auto names = fields.texts("days", 7, 16);
    for (const std::string& name : names) {
      const auto found = std::find(internal::kDays.begin(), internal::kDays.end(), name);
      if (found == internal::kDays.end()) fields.fail("days", "must be of monday … sunday");
      if (found != internal::kDays.end())
        calendar.days[static_cast<std::size_t>(found - internal::kDays.begin())] = true;
    }
    if (names.empty()) fields.fail("days", "needs at least one day");
  }
  TRY(fields.finish());
  TRY(check_zone(calendar.zone).context("contest.calendar.zone"));
  return calendar;
}

core::Result<Payout> read_payout(const Json* json) {
  Payout payout;
  if (json == nullptr) return payout;
  Fields fields(*json, "contest.payout");
  payout.shares.clear();
  double sum = 0;
  for (const Json& share : fields.array("shares", 1000)) {
    const double value = share.is_number() ? share.as_number() : -1;
    if (!(value > 0 && value <= 1)) fields.fail("shares", "must be numbers above 0, at most 1");
    if (!payout.shares.empty() && value > payout.shares.back()) fields.fail("shares", "may not rise from rank to rank");
    payout.shares.push_back(value);
    sum += value;
  }
  if (payout.shares.empty()) fields.fail("shares", "needs at least one share");
  if (sum > 1 + 1e-9) fields.fail("shares", "may not be more than 1 together");
  TRY(fields.finish());
  return payout;
}

/// The baseline's path stays below or beside the contest's file; it's never absolute, so that records don't tell about
/// a machine's folders.
core::Result<void> read_baseline(const Json& json, Contest& contest) {
  Fields fields(json, "contest.baseline");
  contest.baseline = fields.text("package", 500);
  check_line(fields, "package", contest.baseline);
  if (std::filesystem::path(contest.baseline).is_absolute()) {
    fields.fail("package", "must be relative to the contest's file");
  }
  const std::string digest = fields.text_or("digest", "");
  if (!digest.empty()) {
    const auto parsed = hash::Digest::parse(digest);
    if (parsed.ok()) contest.baseline_digest = *parsed;
    if (!parsed.ok()) fields.fail("digest", "must be sha256: and 64 hex digits");
  }
  return fields.finish();
}

core::Result<Submission> read_submission(const Json* json) {
  Submission submission;
  if (json == nullptr) return submission;
  Fields fields(*json, "contest.submission");
  submission.reveal = std::chrono::seconds(fields.integer_or("reveal_seconds", submission.reveal.count(), 1, 43'200));
  submission.max_per_coldkey = static_cast<int>(fields.integer_or("max_per_coldkey", 0, 0, 100'000));
  TRY(fields.finish());
  return submission;
}

}  // namespace

core::Result<Contest> contest_from_json(const Json& json) {
  Fields fields(json, "contest");
  Contest contest;
  const auto format = fields.integer("format");
  if (format != internal::kFormat) fields.fail("format", "must be 1; a newer format needs a newer noonmark");
  contest.id = fields.text("id", 64);
  if (!is_contest_id(contest.id)) fields.fail("id", "must be 1 to 64 of a-z, 0-9 and -, and begin with a letter");
  contest.title = fields.text("title", 200);
  check_line(fields, "title", contest.title);
  contest.task = fields.text("task", 64);
  if (!is_contest_id(contest.task)) fields.fail("task", "must be a task's name such as text-to-image");
  const Json& baseline = fields.child("baseline");
  const Json& device = fields.child("device");
  const Json& metrics = fields.child("metrics");
  const Json& fidelity = fields.child("fidelity");
  const Json& verdict = fields.child("verdict");
  const Json& inputs = fields.child("inputs");
  const Json* measurement = fields.optional_child("measurement");
  const Json* limits = fields.optional_child("limits");
  const Json* calendar = fields.optional_child("calendar");
  const Json* payout = fields.optional_child("payout");
  const Json* submission = fields.optional_child("submission");
  TRY(fields.finish());
  TRY(read_baseline(baseline, contest));
  contest.device = TRY(read_device(device, contest.measurement));
  contest.weights = TRY(read_weights(metrics));
  contest.fidelity = TRY(read_fidelity(fidelity));
  contest.verdict = TRY(read_verdict(verdict));
  contest.inputs = TRY(read_inputs(inputs));
  contest.measurement = TRY(read_measurement(measurement, contest.measurement.primary_clock));
  contest.limits = TRY(read_limits(limits));
  contest.calendar = TRY(read_calendar(calendar));
  contest.payout = TRY(read_payout(payout));
  contest.submission = TRY(read_submission(submission));
  return contest;
}

}  // namespace noonmark::rules
