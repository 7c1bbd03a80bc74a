#include "edge/openai/keys.h"

#include <algorithm>
#include <set>

#include "base/codec/fields.h"
#include "base/codec/text.h"
#include "base/core/files.h"
#include "base/core/random.h"

namespace noonmark::openai {
namespace {

using codec::Json;

constexpr int kFormat = 1, kMostPerMinute = 1'000'000;
constexpr std::size_t kMaxFile = 64u << 20, kMaxName = 64;

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !text.empty() && text.size() <= kMaxName && std::ranges::all_of(text, fits);
}

core::Result<Key> key_from(const Json& json, const std::string& where) {
  codec::Fields fields(json, where);
  Key key;
  key.name = fields.text("name", kMaxName);
  const std::string digest = fields.text("sha256", 64);
  key.requests_per_minute = static_cast<int>(fields.integer("requests_per_minute", 1, kMostPerMinute));
  if (fields.ok() && !is_name(key.name)) fields.fail("name", "letters, digits, '.', '_' and '-' only");
  TRY(fields.finish());
  key.digest = TRY(hash::Digest::parse(digest).context(where + ".sha256"));
  return key;
}

}  // namespace

std::string new_key() {
  std::array<std::uint8_t, 32> random{};
  core::fill_secure_random(random);
  return "nm-" + codec::hex(random);
}

core::Result<std::vector<Key>> parse_keys(std::string_view text) {
  const Json json = TRY(codec::parse_json(text, {.max_bytes = kMaxFile}));
  codec::Fields fields(json, "keys file");
  fields.integer("format", kFormat, kFormat);
  const Json::Array& list = fields.array("keys", kMostKeys);
  TRY(fields.finish());
  std::vector<Key> keys;
  std::set<std::string> names;
  std::set<hash::Digest> digests;
  for (const Json& one : list) {
    const std::string where = "keys[" + std::to_string(keys.size()) + "]";
    keys.push_back(TRY(key_from(one, where)));
    if (!names.insert(keys.back().name).second)
      return core::invalid(where + ": a second key named " + keys.back().name);
    if (!digests.insert(keys.back().digest).second) return core::invalid(where + ": the same key a second time");
  }
  return keys;
}

std::string write_keys(const std::vector<Key>& keys) {
  Json list = Json::array();
  for (const Key& key : keys) {
    list.push_back(Json::object(
        {{"name", key.name}, {"sha256", key.digest.hex()}, {"requests_per_minute", key.requests_per_minute}}));
  }
  return codec::write_pretty(Json::object({{"format", kFormat}, {"keys", std::move(list)}})) + "\n";
}

core::Result<std::vector<Key>> load_keys(const std::filesystem::path& file) {
  const auto text = core::read_text(file, kMaxFile);
  if (!text.ok() && text.error().kind == core::ErrorKind::not_found) return std::vector<Key>();
  if (!text.ok()) return text.error();
  return parse_keys(*text).context(file.string());
}

core::Result<void> save_keys(const std::filesystem::path& file, const std::vector<Key>& keys) {
  return core::write_file_atomic(file, std::string_view(write_keys(keys)), 0600);
}

core::Result<void> KeyRing::refresh() {
  std::error_code missing;
  const auto changed = std::filesystem::last_write_time(file_, missing);
  {
    const std::lock_guard lock(mutex_);
    if (!missing && seen_ == changed) return {};
    if (missing && callers_.empty()) return core::not_found("there is no key file " + file_.string());
  }
  const std::vector<Key> keys = TRY(load_keys(file_));
  const std::lock_guard lock(mutex_);
  std::map<hash::Digest, Bucket> callers;
  for (const Key& key : keys) {
    const auto before = callers_.find(key.digest);
    const bool same = before != callers_.end() && before->second.key == key;
    callers[key.digest] =
        same ? before->second : Bucket{key, static_cast<double>(key.requests_per_minute), clock_.steady()};
  }
  callers_ = std::move(callers);
  seen_ = missing ? std::nullopt : std::optional(changed);
  return {};
}

std::optional<KeyRing::Caller> KeyRing::admit(std::string_view key) {
  const hash::Digest digest = hash::sha256(key);
  const std::lock_guard lock(mutex_);
  const auto found = callers_.find(digest);
  if (found == callers_.end()) return std::nullopt;
  Bucket& bucket = found->second;
  const double limit = bucket.key.requests_per_minute, per_second = limit / 60;
  const core::Nanos now = clock_.steady();
  const double waited = std::chrono::duration<double>(now - bucket.filled).count();
  bucket.tokens = std::min(limit, bucket.tokens + waited * per_second);
  bucket.filled = now;
  Caller caller{bucket.key.name, {}};
  caller.allowance.granted = bucket.tokens >= 1;
  if (caller.allowance.granted) bucket.tokens -= 1;
  const auto time = [](double seconds) {
    return std::chrono::duration_cast<core::Nanos>(std::chrono::duration<double>(std::max(0.0, seconds)));
  };
  caller.allowance.limit = bucket.key.requests_per_minute;
  caller.allowance.remaining = static_cast<int>(bucket.tokens);
  caller.allowance.full_after = time((limit - bucket.tokens) / per_second);
  caller.allowance.retry_after = time((1 - bucket.tokens) / per_second);
  return caller;
}

}  // namespace noonmark::openai
