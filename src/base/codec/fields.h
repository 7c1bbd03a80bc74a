#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec/json.h"

namespace noonmark::codec {

/// Reads the members of one JSON object strictly. The first problem is kept and told by finish(), with the path of the
/// member ("contest.metrics.weight: …"); getters return an empty value after it. Members nobody asked for are refused.
///
///   Fields fields(json, "manifest");
///   manifest.name = fields.text("name", 200);
///   manifest.size = fields.integer("size", 0);
///   TRY(fields.finish());
///
/// Borrows the object; must not outlive it. Threads: one.
class Fields {
 public:
  Fields(const Json& object, std::string where);

  std::string text(std::string_view key, std::size_t max_bytes = 4096);
  std::string text_or(std::string_view key, std::string fallback, std::size_t max_bytes = 4096);
  std::int64_t integer(std::string_view key, std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                       std::int64_t max = std::numeric_limits<std::int64_t>::max());
  std::int64_t integer_or(std::string_view key, std::int64_t fallback,
                          std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                          std::int64_t max = std::numeric_limits<std::int64_t>::max());
  double number(std::string_view key, double min = -std::numeric_limits<double>::max(),
                double max = std::numeric_limits<double>::max());
  double number_or(std::string_view key, double fallback, double min = -std::numeric_limits<double>::max(),
                   double max = std::numeric_limits<double>::max());
  bool flag(std::string_view key);
  bool flag_or(std::string_view key, bool fallback);
  /// The member as it is; a shared null where it is missing (which is a problem).
  const Json& child(std::string_view key);
  /// The member, or nullptr where it is missing or null (which is no problem).
  const Json* optional_child(std::string_view key);
  /// An array of at most `max_items`.
  const Json::Array& array(std::string_view key, std::size_t max_items = 100000);
  std::vector<std::string> texts(std::string_view key, std::size_t max_items = 10000, std::size_t max_bytes = 4096);

  bool has(std::string_view key) const;
  /// The path of a member, for messages of the caller's own checks.
  std::string path(std::string_view key) const;
  /// Keeps `problem` as the failure of this object unless there is one already.
  void fail(std::string_view key, std::string problem);
  bool ok() const { return !failure_; }

  /// The first problem, or an unknown member, or success. Fails: invalid.
  core::Result<void> finish();

 private:
  const Json* take(std::string_view key, bool required);

  const Json* object_;
  std::string where_;
  std::set<std::string, std::less<>> asked_;
  std::optional<core::Error> failure_;
};

}  // namespace noonmark::codec
