#include "edge/cli/arguments.h"

#include <charconv>
#include <cmath>

namespace noonmark::cli {

std::optional<std::string> Invocation::text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> Invocation::texts(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

core::Result<std::optional<std::int64_t>> Invocation::integer(std::string_view name, std::int64_t min,
                                                              std::int64_t max) const {
  const std::optional<std::string> given = text(name);
  if (!given) return std::optional<std::int64_t>{};
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(given->data(), given->data() + given->size(), value);
  if (problem != std::errc{} || end != given->data() + given->size() || value < min || value > max) {
    return core::usage(std::string(name) + " wants a whole number from " + std::to_string(min) + " to " +
                       std::to_string(max) + ", not '" + *given + "'");
  }
  return std::optional(value);
}

core::Result<std::optional<double>> Invocation::number(std::string_view name, double min, double max) const {
  const std::optional<std::string> given = text(name);
  if (!given) return std::optional<double>{};
  double value = 0;
  const auto [end, problem] = std::from_chars(given->data(), given->data() + given->size(), value);
  if (problem != std::errc{} || end != given->data() + given->size() || !std::isfinite(value) || value < min ||
      value > max) {
    return core::usage(std::string(name) + " wants a number from " + std::to_string(min) + " to " +
                       std::to_string(max) + ", not '" + *given + "'");
  }
  return std::optional(value);
}

}  // namespace noonmark::cli
