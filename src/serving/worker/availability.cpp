#include "serving/worker/availability.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <map>
#include <set>
#include <sstream>
#include <unistd.h>
#include <vector>

#include "base/core/files.h"

namespace noonmark::worker {
namespace {

constexpr int kMinutesOfDay = 24 * 60;
constexpr std::uint64_t kMostOfAFile = 64 * 1024;
constexpr double kMilli = 1000;

/// "07:30" in minutes.
std::optional<int> parse_time(std::string_view text) {
  const auto digits = [](std::string_view part) {
    return part.size() == 2 && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  if (text.size() != 5 || text[2] != ':' || !digits(text.substr(0, 2)) || !digits(text.substr(3))) return std::nullopt;
  const int hours = (text[0] - '0') * 10 + (text[1] - '0'), minutes = (text[3] - '0') * 10 + (text[4] - '0');
  if (hours > 23 || minutes > 59) return std::nullopt;
  return hours * 60 + minutes;
}

std::optional<std::string> word_of(const std::filesystem::path& file) {
  auto text = core::read_text(file, kMostOfAFile);
  if (!text.ok()) return std::nullopt;
  while (!text->empty() && (text->back() == '\n' || text->back() == ' ')) text->pop_back();
  return *std::move(text);
}

std::vector<std::filesystem::path> entries(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> all;
  std::error_code problem;
  for (std::filesystem::directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem)) {
    all.push_back(at->path());
  }
  return all;
}

struct Process {
  std::int64_t parent = 0;
  std::uint64_t ticks = 0;
};

/// /proc/PID/stat: the name, in parentheses, may hold anything; after it come state, parent, and, as the 14th to the
/// 17th of all, own and ended children's time in user and system mode.
std::optional<Process> parse_process(const std::string& stat) {
  const std::size_t end = stat.rfind(')');
  if (end == std::string::npos) return std::nullopt;
  std::istringstream rest(stat.substr(end + 1));
  std::string state, skipped;
  Process process;
  rest >> state >> process.parent;
  for (int field = 5; field < 14; ++field) rest >> skipped;
  for (int field = 14; field <= 17; ++field) {
    std::uint64_t ticks = 0;
    rest >> ticks;
    process.ticks += ticks;
  }
  if (!rest) return std::nullopt;
  return process;
}

}  // namespace

core::Result<Hours> parse_hours(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto from = parse_time(text.substr(0, dash));
  const auto to = dash == std::string_view::npos ? std::nullopt : parse_time(text.substr(dash + 1));
  if (!from || !to || *from == *to) return core::usage("hours are written like 22:00-07:30, in local time");
  return Hours{*from, *to};
}

std::string why_not(const Terms& terms, const Condition& condition) {
  if (terms.hours && !terms.hours->contain(condition.minute % kMinutesOfDay)) return "it is outside the set hours";
  if (!terms.on_battery && condition.on_battery.value_or(false)) return "the device runs on its battery";
  if (terms.most_celsius && condition.celsius.value_or(-1e9) > *terms.most_celsius) return "the device is hot";
  if (terms.most_other_cpu && condition.other_cpu.value_or(0) > *terms.most_other_cpu) {
    return "other programs use the device";
  }
  return {};
}

const std::string& Availability::update(const Condition& condition) {
  Terms without_hours = terms_;
  without_hours.hours.reset();
  const core::Nanos now = clock_.steady();
  std::string why = why_not(terms_, condition);
  if (!why_not(without_hours, condition).empty()) disturbed_ = now;
  if (why.empty() && disturbed_ && now - *disturbed_ < kCalm) return why_;
  why_ = std::move(why);
  return why_;
}

Sensors::Sensors(std::filesystem::path root, std::int64_t self)
    : root_(std::move(root)), self_(self == 0 ? getpid() : self) {}

Condition Sensors::read() {
  Condition condition;
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  condition.minute = local.tm_hour * 60 + local.tm_min;
  condition.on_battery = on_battery();
  condition.celsius = celsius();
  const auto after = ticks();
  if (after && before_ && after->all > before_->all) {
    const auto grown = [](std::uint64_t from, std::uint64_t to) {
      return to > from ? static_cast<double>(to - from) : 0;
    };
    const double all = grown(before_->all, after->all);
    const double others = all - grown(before_->idle, after->idle) - grown(before_->own, after->own);
    condition.other_cpu = std::clamp(others / all, 0.0, 1.0);
  }
  before_ = after;
  return condition;
}

/// The first line of /proc/stat: user nice system idle iowait irq softirq steal; guests are within user.
std::optional<Sensors::Ticks> Sensors::ticks() const {
  const auto text = word_of(root_ / "proc/stat");
  if (!text) return std::nullopt;
  std::istringstream line(*text);
  std::string name;
  std::array<std::uint64_t, 8> fields{};
  line >> name;
  for (std::uint64_t& field : fields) line >> field;
  if (!line || name != "cpu") return std::nullopt;
  Ticks ticks;
  for (const std::uint64_t field : fields) ticks.all += field;
  ticks.idle = fields[3] + fields[4];
  ticks.own = own_ticks();
  return ticks;
}

std::uint64_t Sensors::own_ticks() const {
  std::map<std::int64_t, Process> all;
  for (const std::filesystem::path& entry : entries(root_ / "proc")) {
    const std::string name = entry.filename();
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (error != std::errc() || end != name.data() + name.size()) continue;
    const auto stat = word_of(entry / "stat");
    if (const auto process = stat ? parse_process(*stat) : std::nullopt) all[id] = *process;
  }
  std::uint64_t sum = 0;
  for (const auto& [id, process] : all) {
    std::set<std::int64_t> seen;
    std::int64_t at = id;
    while (at != self_ && seen.insert(at).second && all.contains(at)) at = all[at].parent;
    if (at == self_) sum += process.ticks;
  }
  return sum;
}

/// A battery that discharges.
std::optional<bool> Sensors::on_battery() const {
  std::optional<bool> discharges;
  for (const std::filesystem::path& supply : entries(root_ / "sys/class/power_supply")) {
    // A mouse's battery is not the device's.
    if (word_of(supply / "type") != "Battery" || word_of(supply / "scope") == "Device") continue;
    discharges = discharges.value_or(false) || word_of(supply / "status") == "Discharging";
  }
  return discharges;
}

std::optional<double> Sensors::celsius() const {
  std::optional<double> hottest;
  for (const std::filesystem::path& zone : entries(root_ / "sys/class/thermal")) {
    if (!zone.filename().string().starts_with("thermal_zone")) continue;
    const auto text = word_of(zone / "temp");
    long milli = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), milli).ec != std::errc()) continue;
    hottest = std::max(hottest.value_or(-1e9), static_cast<double>(milli) / kMilli);
  }
  return hottest;
}

}  // namespace noonmark::worker
