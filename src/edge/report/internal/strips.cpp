#include "edge/report/internal/strips.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace noonmark::report {

namespace {

constexpr double kLeft = 54;
constexpr double kRight = 548;
constexpr double kRow = 30;

/// Turns of one launch and one side.
struct Side {
  std::vector<double> kept;
  std::vector<double> discarded;
};
struct Lane {
  Side baseline;
  Side entry;
};

std::map<int, Lane> lanes_of(const record::Measurement& measurement) {
  std::map<int, Lane> lanes;
  const bool cpu = measurement.settings.primary_clock == record::PrimaryClock::cpu;
  for (const record::Turn& turn : measurement.turns) {
    if (turn.warm_up) continue;
    Lane& lane = lanes[turn.launch];
    Side& side = turn.baseline ? lane.baseline : lane.entry;
    const auto spent = static_cast<double>(cpu ? turn.cpu_ns : turn.wall_ns);
    (turn.discarded.empty() ? side.kept : side.discarded).push_back(spent);
  }
  return lanes;
}

double longest(const std::map<int, Lane>& lanes) {
  double most = 0;
  for (const auto& [index, lane] : lanes) {
    for (const auto* values :
         {&lane.baseline.kept, &lane.baseline.discarded, &lane.entry.kept, &lane.entry.discarded}) {
      for (const double value : *values) most = std::max(most, value);
    }
  }
  return most;
}

/// A step of 1, 2 or 5 times a power of ten that gives four to eight ticks.
double tick_step(double range) {
  const double rough = range / 5;
  const double decade = std::pow(10, std::floor(std::log10(rough)));
  const double lead = rough / decade;
  return decade * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

Markup dots(const Side& side, const char* kind, double y, double per_nanosecond) {
  Markup shapes;
  const auto dot = [&](double value, const std::string& name) {
    return lone_tag(
        "circle",
        {{"class", name}, {"cx", coordinate(kLeft + value * per_nanosecond)}, {"cy", coordinate(y)}, {"r", "3"}});
  };
  for (const double value : side.kept) shapes += dot(value, kind);
  for (const double value : side.discarded) shapes += dot(value, std::string(kind) + " hollow");
  if (!side.kept.empty()) {
    const double x = kLeft + median_of(side.kept) * per_nanosecond;
    shapes += lone_tag("line", {{"class", std::string(kind) + " median"},
                                {"x1", coordinate(x)},
                                {"y1", coordinate(y - 6)},
                                {"x2", coordinate(x)},
                                {"y2", coordinate(y + 6)}});
  }
  return shapes;
}

}  // namespace

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Markup interval_bar(const SpeedUp& speed, const BarScale& scale) {
  const auto x = [&](double value) {
    const double clamped = std::clamp(value, scale.low, scale.high);
    return 4 + 112 * std::log(clamped / scale.low) / std::log(scale.high / scale.low);
  };
  Markup shapes = lone_tag("line", {{"class", "rail"}, {"x1", "4"}, {"y1", "8"}, {"x2", "116"}, {"y2", "8"}});
  shapes += lone_tag(
      "line", {{"class", "unity"}, {"x1", coordinate(x(1))}, {"y1", "2"}, {"x2", coordinate(x(1))}, {"y2", "14"}});
  shapes += lone_tag("line", {{"class", "span"},
                              {"x1", coordinate(x(speed.low))},
                              {"y1", "8"},
                              {"x2", coordinate(x(speed.high))},
                              {"y2", "8"}});
  shapes += lone_tag("circle", {{"class", "dot"}, {"cx", coordinate(x(speed.value))}, {"cy", "8"}, {"r", "3.5"}});
  return tag("svg", {{"class", "bar"}, {"viewBox", "0 0 120 16"}, {"aria-hidden", "true"}}, shapes);
}

Markup launch_strips(const record::Measurement& measurement) {
  const auto lanes = lanes_of(measurement);
  const double most = longest(lanes);
  if (!(most > 0)) return {};
  const double per_nanosecond = (kRight - kLeft) / (most * 1.04);
  const double bottom = 12 + kRow * static_cast<double>(lanes.size());
  Markup shapes;
  const double step = tick_step(most);
  for (double tick = 0; tick <= most * 1.04; tick += step) {
    const std::string x = coordinate(kLeft + tick * per_nanosecond);
    shapes += lone_tag("line", {{"class", "grid"}, {"x1", x}, {"y1", "6"}, {"x2", x}, {"y2", coordinate(bottom)}});
    shapes += tag("text", {{"class", "tick"}, {"x", x}, {"y", coordinate(bottom + 16)}, {"text-anchor", "middle"}},
                  text(tick == 0 ? "0" : duration(tick)));
  }
  double y = 12;
  for (const auto& [index, lane] : lanes) {
    shapes += tag("text",
                  {{"class", "tick"}, {"x", coordinate(kLeft - 10)}, {"y", coordinate(y + 15)}, {"text-anchor", "end"}},
                  text("#" + std::to_string(index + 1)));
    shapes += dots(lane.baseline, "base", y + 5, per_nanosecond);
    shapes += dots(lane.entry, "own", y + 17, per_nanosecond);
    y += kRow;
  }
  return tag("svg",
             {{"class", "strips"},
              {"viewBox", "0 0 560 " + coordinate(bottom + 24)},
              {"role", "img"},
              {"aria-label", "Time of each request, by launch"}},
             shapes);
}

}  // namespace noonmark::report
