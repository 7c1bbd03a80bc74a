#include "edge/report/internal/words.h"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

namespace noonmark::report {

namespace {

constexpr std::array kMonths = {"January", "February", "March",     "April",   "May",      "June",
                                "July",    "August",   "September", "October", "November", "December"};

/// Three significant digits where that needs a point, e.g. 0.97, 3.14, 31.4, 314.
std::string three_digits(double value) {
  const double size = std::abs(value);
  return fixed(value, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

struct Unit {
  double size;
  const char* name;
};

template <std::size_t N>
std::string in_units(double value, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (std::abs(value) >= unit.size * 0.9995) return three_digits(value / unit.size) + "\u00a0" + unit.name;
  }
  return fixed(value / units.back().size, 0) + "\u00a0" + units.back().name;
}

}  // namespace

std::string fixed(double value, int digits) {
  if (!std::isfinite(value)) return "–";
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
  std::string result = buffer.data();
  if (result.starts_with('-')) result.replace(0, 1, "−");
  return result;
}

std::string coordinate(double value) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.1f", std::isfinite(value) ? value : 0.0);
  return buffer.data();
}

SpeedUp speed_up(const record::Interval& ratio) { return {1 / ratio.ratio, 1 / ratio.high, 1 / ratio.low}; }

std::string times(double factor) { return three_digits(factor) + "×"; }

std::string times_range(double low, double high) { return three_digits(low) + "–" + three_digits(high) + "×"; }

std::string range(double low, double high, int digits) {
  return fixed(low, digits) + (low < 0 || high < 0 ? " to " : "–") + fixed(high, digits);
}

std::string percent(double share) {
  const double value = share * 100;
  const bool whole = value >= 9.95 || std::abs(value - std::round(value)) < 0.05;
  return fixed(value, whole ? 0 : 1) + "\u00a0%";
}

std::string bytes(double count) {
  return in_units(count, std::array{Unit{1e12, "TB"}, Unit{1e9, "GB"}, Unit{1e6, "MB"}, Unit{1e3, "kB"}, Unit{1, "B"}});
}

std::string duration(double nanoseconds) {
  return in_units(nanoseconds, std::array{Unit{1e9, "s"}, Unit{1e6, "ms"}, Unit{1e3, "µs"}, Unit{1, "ns"}});
}

std::string moment(std::int64_t unix_ns) {
  if (unix_ns == 0) return {};
  const std::chrono::sys_time<std::chrono::nanoseconds> at{std::chrono::nanoseconds(unix_ns)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(at - day).count();
  std::array<char, 96> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%u %s %d, %02d:%02d UTC", static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(minutes / 60), static_cast<int>(minutes % 60));
  return buffer.data();
}

std::string count(std::size_t number, const char* one, const char* many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

std::string short_digest(const hash::Digest& digest) { return digest.hex().substr(0, 8); }

std::string status_words(verdict::Status status) {
  switch (status) {
    case verdict::Status::ranked:
      return "Ranked";
    case verdict::Status::not_faster:
      return "Not faster";
    case verdict::Status::not_faithful:
      return "Not faithful";
    case verdict::Status::copy:
      return "Copy";
    case verdict::Status::failed:
      return "Failed";
    case verdict::Status::refused:
      return "Refused";
  }
  return "Unknown";
}

std::string status_class(verdict::Status status) {
  switch (status) {
    case verdict::Status::ranked:
      return "ranked";
    case verdict::Status::not_faster:
      return "slow";
    case verdict::Status::not_faithful:
      return "unfaithful";
    case verdict::Status::copy:
      return "copy";
    case verdict::Status::failed:
      return "failed";
    case verdict::Status::refused:
      return "refused";
  }
  return "failed";
}

std::string metric_words(record::Metric metric) { return metric_words(std::string(record::name_of(metric))); }

std::string metric_words(const std::string& term) {
  std::string result = term;
  for (char& c : result) {
    if (c == '_') c = ' ';
  }
  return result;
}

std::string comparator_words(const std::string& comparator) {
  for (const auto& [name, words] : {std::pair{"psnr", "PSNR, dB"},
                                    {"ssim", "SSIM"},
                                    {"ms_ssim", "MS-SSIM"},
                                    {"perceptual", "perceptual distance"},
                                    {"dhash", "dHash, bits of 64"},
                                    {"phash", "pHash, bits of 64"}}) {
    if (comparator == name) return words;
  }
  return metric_words(comparator);
}

std::string stop_words(record::StopReason reason) {
  switch (reason) {
    case record::StopReason::narrow:
      return "the interval was narrow enough";
    case record::StopReason::decided:
      return "the answer was clear";
    case record::StopReason::hopeless:
      return "every launch was far slower than the baseline";
    case record::StopReason::launches:
      return "all planned launches were made";
    case record::StopReason::budget:
      return "the time for it was used up";
    case record::StopReason::unfit:
      return "the machine was too disturbed";
    case record::StopReason::failed:
      return "one side broke";
  }
  return "unknown";
}

}  // namespace noonmark::report
