#pragma once
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/core/clock.h"
#include "base/core/result.h"

namespace noonmark::telemetry {

enum class Level { debug, info, warning, error };

std::string_view name_of(Level level);
/// Fails: invalid, naming the permitted words.
core::Result<Level> parse_level(std::string_view name);

/// One fact beside a message: `entry=int8`.
using Fact = std::pair<std::string_view, std::string>;

/// A log for people and for grep: one line per event, `12:00:01.250 info message key=value key="two words"`, in UTC.
/// Values with anything but plain characters are quoted and escaped, so that one event is always one line.
///
/// Owner:   the program. Threads: as the sink. Fails: never.
class Log {
 public:
  using Sink = std::function<void(std::string_view line)>;

  Log(Sink sink, Level least, const core::Clock& clock) : sink_(std::move(sink)), least_(least), clock_(&clock) {}

  void write(Level level, std::string_view message, std::initializer_list<Fact> facts = {}) const;
  void debug(std::string_view message, std::initializer_list<Fact> facts = {}) const {
    write(Level::debug, message, facts);
  }
  void info(std::string_view message, std::initializer_list<Fact> facts = {}) const {
    write(Level::info, message, facts);
  }
  void warning(std::string_view message, std::initializer_list<Fact> facts = {}) const {
    write(Level::warning, message, facts);
  }
  void error(std::string_view message, std::initializer_list<Fact> facts = {}) const {
    write(Level::error, message, facts);
  }

 private:
  const Sink sink_;
  const Level least_;
  const core::Clock* const clock_;
};

}  // namespace noonmark::telemetry
