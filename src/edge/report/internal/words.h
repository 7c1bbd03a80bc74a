#pragma once

#include <cstdint>
#include <string>

#include "contest/verdict/verdict.h"
#include "trial/record/measurement.h"
#include "trial/record/metric.h"

// Numbers and states in words, for people. All plain text, to be escaped like any other.
namespace noonmark::report {

/// A number with `digits` after the point; "–" when it isn't finite.
std::string fixed(double value, int digits);

/// A place in a drawing, to a tenth, with an ordinary minus.
std::string coordinate(double value);

/// 1 / interval: how many times faster. low <= value <= high.
struct SpeedUp {
  double value = 1;
  double low = 1;
  double high = 1;
};
SpeedUp speed_up(const record::Interval& ratio);

/// "3.14×", with three significant digits up to 100.
std::string times(double factor);
/// "2.98–3.30×".
std::string times_range(double low, double high);

/// "0.59–0.63", or "−1.20 to 0.10" where a minus would look like a dash.
std::string range(double low, double high, int digits);

/// "60 %", "0.4 %".
std::string percent(double share);
/// "13.7 MB" (powers of 1000).
std::string bytes(double count);
/// "43.1 ms", "2.3 s", from nanoseconds.
std::string duration(double nanoseconds);
/// "25 November 2026, 22:28 UTC"; empty for 0.
std::string moment(std::int64_t unix_ns);
/// "1 entry", "3 entries".
std::string count(std::size_t number, const char* one, const char* many);
/// The first eight digits of a digest.
std::string short_digest(const hash::Digest& digest);

/// "Ranked", "Not faster" …, and a word for CSS classes: "ranked", "slow", "unfaithful", "copy", "failed", "refused".
std::string status_words(verdict::Status status);
std::string status_class(verdict::Status status);
/// "generation time" …
std::string metric_words(record::Metric metric);
std::string metric_words(const std::string& term);
/// "SSIM", "perceptual distance" …; names that are not known stay as they are.
std::string comparator_words(const std::string& comparator);
/// "the interval was narrow enough" …
std::string stop_words(record::StopReason reason);

}  // namespace noonmark::report
