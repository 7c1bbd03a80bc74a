#include "trial/bench/proc_host_gate.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>

#include "base/core/files.h"
#include "trial/record/metric.h"

namespace noonmark::bench {
namespace {

using std::chrono::nanoseconds;

constexpr std::uint64_t kMaxFile = 1 << 20;
constexpr int kMaxProcessors = 1024;
constexpr int kMaxSensors = 64;
constexpr const char* kEnergy = "sys/class/powercap/intel-rapl:0/energy_uj";

/// The whole number at the front of `text`, which is shortened past it and the blanks before it.
std::optional<std::int64_t> next_number(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<std::int64_t> number_in(const std::filesystem::path& path) {
  const auto text = core::read_text(path, kMaxFile);
  std::string_view rest = text.ok() ? std::string_view(*text) : std::string_view();
  return next_number(rest);
}

nanoseconds self_cpu() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

double ticks_of(nanoseconds duration) {
  return std::chrono::duration<double>(duration).count() * static_cast<double>(std::max(1L, sysconf(_SC_CLK_TCK)));
}

}  // namespace

ProcHostGate::ProcHostGate(std::filesystem::path root)
    : root_(std::move(root)), last_(read_ticks()), last_self_(self_cpu()) {
  has_energy_ = number_in(root_ / kEnergy).has_value();
}

record::HostSample ProcHostGate::sample(nanoseconds own_cpu) {
  const auto now = read_ticks();
  const auto self = self_cpu();
  const auto total = static_cast<double>(now.total - last_.total);
  record::HostSample sample;
  if (total > 0) {
    const double own = ticks_of(own_cpu) + ticks_of(self - last_self_);
    sample.other_load = std::clamp((static_cast<double>(now.busy - last_.busy) - own) / total, 0.0, 1.0);
    sample.steal = std::clamp(static_cast<double>(now.steal - last_.steal) / total, 0.0, 1.0);
  }
  sample.frequency = read_frequency();
  sample.temperature_c = read_temperature();
  last_ = now;
  last_self_ = self;
  return sample;
}

std::optional<std::int64_t> ProcHostGate::energy_uj() {
  return has_energy_ ? number_in(root_ / kEnergy) : std::nullopt;
}

ProcHostGate::Ticks ProcHostGate::read_ticks() const {
  // "cpu  user nice system idle iowait irq softirq steal guest guest_nice"; guests are counted in user and nice
  // already.
  const auto text = core::read_text(root_ / "proc/stat", kMaxFile);
  if (!text.ok() || !text->starts_with("cpu ")) {
    return {};
  }
  std::string_view rest = std::string_view(*text).substr(3);
  std::array<std::int64_t, 8> ticks{};
  for (auto& value : ticks) {
    value = std::clamp<std::int64_t>(next_number(rest).value_or(0), 0, std::int64_t{1} << 56);
  }
  const auto [user, nice, system, idle, iowait, irq, softirq, steal] = ticks;
  const auto busy = user + nice + system + irq + softirq;
  return {.busy = busy, .steal = steal, .total = busy + idle + iowait + steal};
}

std::optional<double> ProcHostGate::read_frequency() const {
  double sum = 0;
  int count = 0;
  for (int processor = 0; processor < kMaxProcessors; ++processor) {
    const auto folder = root_ / ("sys/devices/system/cpu/cpu" + std::to_string(processor)) / "cpufreq";
    const auto now = number_in(folder / "scaling_cur_freq");
    const auto highest = number_in(folder / "cpuinfo_max_freq");
    if (!now || !highest || *highest <= 0) {
      break;
    }
    sum += static_cast<double>(*now) / static_cast<double>(*highest);
    ++count;
  }
  return count > 0 ? std::optional(record::rounded(sum / count)) : std::nullopt;
}

std::optional<double> ProcHostGate::read_temperature() const {
  std::optional<double> hottest;
  for (int sensor = 0; sensor < kMaxSensors; ++sensor) {
    const auto value = number_in(root_ / ("sys/class/thermal/thermal_zone" + std::to_string(sensor)) / "temp");
    if (!value) {
      break;
    }
    const double celsius = record::rounded(static_cast<double>(*value) / 1000);
    // Sensors that are not connected show nonsense.
    if (celsius > 0 && celsius < 150 && (!hottest || celsius > *hottest)) {
      hottest = celsius;
    }
  }
  return hottest;
}

}  // namespace noonmark::bench
