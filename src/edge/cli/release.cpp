#include "edge/cli/release.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/codec/fields.h"
#include "base/codec/text.h"
#include "base/core/files.h"

namespace noonmark::cli {
namespace {

using codec::Json;

// Text rather than a number, so that no other document of this program has the same signed bytes.
constexpr std::string_view kFormat = "noonmark-release-1";
constexpr std::size_t kMaxDigits = 6;
constexpr std::size_t kMaxUrl = 512;
constexpr codec::JsonLimits kLimits{kMaxReleaseStatement, 4};

std::optional<std::uint32_t> number(std::string_view digits) {
  if (digits.empty() || digits.size() > kMaxDigits || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  std::uint32_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// A day of the calendar as "YYYY-MM-DD".
std::optional<std::chrono::sys_days> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto all_digits = [](std::string_view part) {
    return std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!all_digits(text.substr(0, 4)) || !all_digits(text.substr(5, 2)) || !all_digits(text.substr(8))) {
    return std::nullopt;
  }
  int year = 0;
  unsigned month = 0, day = 0;
  std::from_chars(text.data(), text.data() + 4, year);
  std::from_chars(text.data() + 5, text.data() + 7, month);
  std::from_chars(text.data() + 8, text.data() + 10, day);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

/// It is shown on terminals and clicked.
bool is_https_url(std::string_view text) {
  return text.starts_with("https://") && text.size() > 8 &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; });
}

std::optional<sign::Sr25519Signature> parse_signature(std::string_view text) {
  if (!text.starts_with("0x")) return std::nullopt;
  const auto bytes = codec::parse_hex(text.substr(2));
  sign::Sr25519Signature signature;
  if (!bytes.ok() || bytes->size() != signature.size()) return std::nullopt;
  std::ranges::copy(*bytes, signature.begin());
  return signature;
}

/// The members of a release, wherever they stand. Problems stay in `fields`.
Release read_release(codec::Fields& fields) {
  if (fields.text("format", 64) != kFormat) {
    fields.fail("format", "must be \"" + std::string(kFormat) + "\"; a newer format needs a newer noonmark");
  }
  Release release;
  const auto version = Version::parse(fields.text("version", 32));
  if (version.ok()) {
    release.version = *version;
  } else {
    fields.fail("version", version.error().message);
  }
  release.date = fields.text("date", 10);
  if (!parse_day(release.date)) fields.fail("date", "is no day such as 2026-11-26");
  release.notes_url = fields.text("notes_url", kMaxUrl);
  if (!is_https_url(release.notes_url)) fields.fail("notes_url", "is no https URL");
  return release;
}

Json to_json(const Release& release) {
  return Json::object({{"format", kFormat},
                       {"version", release.version.text()},
                       {"date", release.date},
                       {"notes_url", release.notes_url}});
}

/// The newest statement that was seen, and who made it.
struct Seen {
  std::string key;  // SS58
  Release release;
};

/// Fails: corrupt, as core::read_text.
core::Result<std::optional<Seen>> read_seen(const std::filesystem::path& file) {
  const auto text = core::read_text(file, kMaxReleaseStatement);
  if (!text.ok() && text.error().kind == core::ErrorKind::not_found) return std::optional<Seen>();
  if (!text.ok()) return text.error();
  const auto damaged = [&](const core::Error& problem) {
    return core::corrupt(file.string() + " is damaged, move it away: " + problem.message);
  };
  const auto json = codec::parse_json(*text, kLimits);
  if (!json.ok()) return damaged(json.error());
  codec::Fields fields(*json, "release");
  Seen seen{fields.text("key", 64), read_release(fields)};
  const auto finished = fields.finish();
  if (!finished.ok()) return damaged(finished.error());
  return std::optional(std::move(seen));
}

}  // namespace

std::string Version::text() const {
  return std::to_string(parts[0]) + "." + std::to_string(parts[1]) + "." + std::to_string(parts[2]);
}

core::Result<Version> Version::parse(std::string_view text) {
  Version version;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < version.parts.size(); ++i) {
    const bool last = i + 1 == version.parts.size();
    const std::size_t end = last ? text.size() : text.find('.', begin);
    const auto part = end == std::string_view::npos ? std::nullopt : number(text.substr(begin, end - begin));
    if (!part) return core::invalid("is no version such as 1.2.3");
    version.parts[i] = *part;
    begin = end + 1;
  }
  return version;
}

core::Result<ReleaseStatement> parse_release(std::string_view text) {
  const Json json = TRY(codec::parse_json(text, kLimits).context("release statement"));
  if (!json.is_object()) return core::invalid("the release statement is no JSON object");
  codec::Fields fields(json, "release");
  ReleaseStatement statement{read_release(fields)};
  if (fields.ok() && !fields.has("signature")) return core::denied("the release statement isn't signed");
  const auto signature = parse_signature(fields.text("signature", 130));
  if (!signature) fields.fail("signature", "wants 0x and 128 hexadecimal digits");
  TRY(fields.finish());
  statement.signature = *signature;
  return statement;
}

std::string signed_text(const Release& release) { return codec::write_json(to_json(release)); }

core::Result<Release> verify_release(std::string_view text, const sign::AccountId& key, core::UnixNanos now) {
  ReleaseStatement statement = TRY(parse_release(text));
  if (!sign::verify_sr25519(key, core::as_bytes(signed_text(statement.release)), statement.signature)) {
    return core::denied("the release statement isn't signed by " + key.ss58() +
                        ": another key signed it, or it was changed since");
  }
  // Once it is remembered, a date in a far future would rule out every later statement.
  const std::chrono::sys_days today = std::chrono::floor<std::chrono::days>(now);
  if (parse_day(statement.release.date).value_or(today) > today + std::chrono::days(1)) {
    return core::denied("the release statement is dated " + statement.release.date +
                        ", which is yet to come: its publisher erred, or this machine's clock is slow");
  }
  return std::move(statement.release);
}

core::Result<void> remember_release(const std::filesystem::path& file, const sign::AccountId& key,
                                    const Release& release) {
  const std::optional<Seen> seen = TRY(read_seen(file));
  if (seen && seen->key == key.ss58()) {
    const Release& newest = seen->release;
    if (release.version < newest.version || release.date < newest.date) {
      return core::denied("the release statement is older than one seen before (" + release.version.text() + " of " +
                          release.date + ", seen " + newest.version.text() + " of " + newest.date +
                          "): its server may be hiding a newer one");
    }
    if (release == newest) return {};
  }
  Json json = to_json(release);
  json["key"] = key.ss58();
  return core::write_file_atomic(file, codec::write_pretty(json) + "\n");
}

}  // namespace noonmark::cli
