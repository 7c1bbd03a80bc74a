#include "base/codec/fields.h"

namespace noonmark::codec {
namespace {

const Json kNull;
const Json::Array kEmpty;

std::string range_text(const std::string& min, const std::string& max) { return "must be from " + min + " to " + max; }

}  // namespace

Fields::Fields(const Json& object, std::string where) : object_(&object), where_(std::move(where)) {
  if (!object.is_object()) failure_ = core::invalid(where_ + ": must be an object");
}

bool Fields::has(std::string_view key) const { return object_->find(key) != nullptr; }

std::string Fields::path(std::string_view key) const { return where_ + "." + std::string(key); }

void Fields::fail(std::string_view key, std::string problem) {
  if (!failure_) failure_ = core::invalid(path(key) + ": " + std::move(problem));
}

const Json* Fields::take(std::string_view key, bool required) {
  asked_.emplace(key);
  const Json* member = object_->find(key);
  if (member == nullptr && required) fail(key, "is missing");
  return member;
}

std::string Fields::text(std::string_view key, std::size_t max_bytes) {
  const Json* member = take(key, true);
  if (member == nullptr) return {};
  if (!member->is_string()) return fail(key, "must be a string"), "";
  if (member->as_string().size() > max_bytes)
    return fail(key, "is longer than " + std::to_string(max_bytes) + " bytes"), "";
  return member->as_string();
}

std::string Fields::text_or(std::string_view key, std::string fallback, std::size_t max_bytes) {
  return take(key, false) != nullptr ? text(key, max_bytes) : std::move(fallback);
}

std::int64_t Fields::integer(std::string_view key, std::int64_t min, std::int64_t max) {
  const Json* member = take(key, true);
  if (member == nullptr) return 0;
  if (!member->is_integer()) return fail(key, "must be an integer"), 0;
  const std::int64_t value = member->as_integer();
  if (value < min || value > max) return fail(key, range_text(std::to_string(min), std::to_string(max))), 0;
  return value;
}

std::int64_t Fields::integer_or(std::string_view key, std::int64_t fallback, std::int64_t min, std::int64_t max) {
  return take(key, false) != nullptr ? integer(key, min, max) : fallback;
}

double Fields::number(std::string_view key, double min, double max) {
  const Json* member = take(key, true);
  if (member == nullptr) return 0;
  if (!member->is_number()) return fail(key, "must be a number"), 0;
  const double value = member->as_number();
  if (!(value >= min && value <= max)) return fail(key, range_text(std::to_string(min), std::to_string(max))), 0;
  return value;
}

double Fields::number_or(std::string_view key, double fallback, double min, double max) {
  return take(key, false) != nullptr ? number(key, min, max) : fallback;
}

bool Fields::flag(std::string_view key) {
  const Json* member = take(key, true);
  if (member == nullptr) return false;
  if (!member->is_bool()) return fail(key, "must be true or false"), false;
  return member->as_bool();
}

bool Fields::flag_or(std::string_view key, bool fallback) { return take(key, false) != nullptr ? flag(key) : fallback; }

const Json& Fields::child(std::string_view key) {
  const Json* member = take(key, true);
  return member != nullptr ? *member : kNull;
}

const Json* Fields::optional_child(std::string_view key) {
  const Json* member = take(key, false);
  return member == nullptr || member->is_null() ? nullptr : member;
}

const Json::Array& Fields::array(std::string_view key, std::size_t max_items) {
  const Json* member = take(key, true);
  if (member == nullptr) return kEmpty;
  if (!member->is_array()) return fail(key, "must be an array"), kEmpty;
  if (member->as_array().size() > max_items)
    return fail(key, "has more than " + std::to_string(max_items) + " items"), kEmpty;
  return member->as_array();
}

std::vector<std::string> Fields::texts(std::string_view key, std::size_t max_items, std::size_t max_bytes) {
  std::vector<std::string> out;
  for (const Json& item : array(key, max_items)) {
    if (!item.is_string() || item.as_string().size() > max_bytes)
      return fail(key, "every item must be a string of at most " + std::to_string(max_bytes) + " bytes"), out;
    out.push_back(item.as_string());
  }
  return out;
}

core::Result<void> Fields::finish() {
  if (failure_) return *failure_;
  for (const auto& [key, member] : object_->as_object())
    if (!asked_.contains(key)) return core::invalid(path(key) + ": is not a known member; remove it or mend its name");
  return {};
}

}  // namespace noonmark::codec
