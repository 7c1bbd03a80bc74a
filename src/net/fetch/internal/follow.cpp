#include "net/fetch/internal/follow.h"

#include <algorithm>
#include <utility>

namespace noonmark::fetch::internal {
namespace {

constexpr std::size_t kQuotedBytes = 200;
constexpr std::size_t kUnwantedBytes = 1u << 20;  // of a body that is only skipped

bool is_redirection(const Head& head) {
  return (head.status == 301 || head.status == 302 || head.status == 303 || head.status == 307 || head.status == 308) &&
         !head.location.empty();
}

/// What a server said besides the status, fit for one line of a message.
std::string quoted(std::string text) {
  if (text.empty()) return {};
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, ' ');
  return ": " + text;
}

core::Error explain_status(const Head& head, const std::string& url, std::string body) {
  const std::string told = url + " answered " + std::to_string(head.status) + " " +
                           std::string(http::reason_phrase(head.status)) + quoted(std::move(body));
  switch (head.status) {
    case 401:
    case 403:
    case 407:
    case 451:
      return core::denied(told + "; check that you may read it, and give a token where one is needed");
    case 404:
    case 410:
      return core::not_found(told + "; check the address");
    case 408:
    case 425:
    case 429:
      return core::unavailable(told + "; try again later");
    default:
      if (head.status >= 500) return core::unavailable(told + "; try again later");
      return core::invalid(told);
  }
}

core::Result<void> check_scheme(const Origin& origin, const std::string& url, const Policy& policy) {
  if (origin.scheme == "https" || !policy.https_only) return {};
  return core::denied("'" + url + "' is not https, and only https is allowed here");
}

core::Result<void> check_step(const Origin& from, const Origin& to, const std::string& url, const Policy& policy) {
  TRY(check_scheme(to, url, policy));
  if (from.scheme == "https" && to.scheme == "http" && !policy.allow_downgrade) {
    return core::denied(from.host + " leads from https to " + url + ", which anybody on the way could change");
  }
  return {};
}

http::Headers without_authorization(const http::Headers& headers) {
  http::Headers kept;
  for (const http::Header& field : headers.fields()) {
    if (!http::equal_ignoring_case(field.name, "Authorization") && !http::equal_ignoring_case(field.name, "Cookie")) {
      kept.add(field.name, field.value);
    }
  }
  return kept;
}

}  // namespace

core::Result<Arrival> follow(Transfer& transfer, const Policy& policy, Hop hop, const core::Deadline& deadline,
                             const Sink& sink) {
  Origin origin = TRY(origin_of(hop.url));
  TRY(check_scheme(origin, hop.url, policy));
  for (int steps = 0;; ++steps) {
    std::string told;
    std::size_t unwanted = 0;
    const Head head = TRY(transfer.run(hop, deadline, [&](const Head& now, std::string_view piece) {
      if (now.status / 100 == 2) return sink(now, piece);
      told += piece.substr(0, kQuotedBytes - std::min(kQuotedBytes, told.size()));
      unwanted += piece.size();
      if (unwanted <= kUnwantedBytes) return core::Result<void>();
      return core::Result<void>(core::exhausted(hop.url + " answered " + std::to_string(now.status) + " at length"));
    }));
    if (head.status / 100 == 2 || head.status == 304 || head.status == 416) return Arrival{head, hop.url};
    if (!is_redirection(head) || hop.method != "GET") return explain_status(head, hop.url, std::move(told));
    if (steps == policy.redirects) {
      return core::invalid(hop.url + " leads on after " + std::to_string(steps) +
                           " redirections; give its last address");
    }
    Origin next = TRY(origin_of(head.location).context(hop.url + " leads on"));
    TRY(check_step(origin, next, head.location, policy));
    if (next != origin) hop.headers = without_authorization(hop.headers);
    origin = std::move(next);
    hop.url = head.location;
  }
}

}  // namespace noonmark::fetch::internal
