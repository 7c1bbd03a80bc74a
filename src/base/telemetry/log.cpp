#include "base/telemetry/log.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

namespace noonmark::telemetry {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warning", "error"};

bool is_plain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("._-/:+%@,").find(c) != std::string_view::npos;
}

void append_quoted(std::string& line, std::string_view value) {
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_plain)) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      line += escaped;
    } else {
      line += c;
    }
  }
  line += '"';
}

std::string time_of_day(core::UnixNanos now) {
  const auto since_midnight = now - std::chrono::floor<std::chrono::days>(now);
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(since_midnight).count();
  char text[48];
  std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld.%03lld", static_cast<long long>(millis / 3'600'000),
                static_cast<long long>(millis / 60'000 % 60), static_cast<long long>(millis / 1000 % 60),
                static_cast<long long>(millis % 1000));
  return text;
}

}  // namespace

std::string_view name_of(Level level) { return kNames[static_cast<std::size_t>(level)]; }

core::Result<Level> parse_level(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) {
    return core::invalid("log level '" + std::string(name) + "' is none of debug, info, warning, error");
  }
  return static_cast<Level>(found - kNames.begin());
}

void Log::write(Level level, std::string_view message, std::initializer_list<Fact> facts) const {
  if (level < least_) return;
  std::string line = time_of_day(clock_->now()) + " " + std::string(name_of(level)) + " ";
  for (const char c : message) line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  for (const auto& [key, value] : facts) {
    line += ' ';
    line += key;
    line += '=';
    append_quoted(line, value);
  }
  sink_(line);
}

}  // namespace noonmark::telemetry
