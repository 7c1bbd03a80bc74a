#include "net/fetch/fetch.h"

#include <utility>

#include "net/fetch/internal/state.h"

namespace noonmark::fetch {

using internal::Head;
using internal::Hop;

Fetcher::Fetcher(core::Clock& clock, Policy policy) : state_(std::make_unique<State>(clock, std::move(policy))) {}
Fetcher::~Fetcher() = default;
Fetcher::Fetcher(Fetcher&&) noexcept = default;
Fetcher& Fetcher::operator=(Fetcher&&) noexcept = default;

core::Result<Answer> Fetcher::State::fetch(Hop hop, const Bounds& bounds) {
  const core::Deadline deadline(*clock, bounds.time);
  std::string body;
  const std::string url = hop.url;
  const auto arrival = TRY(internal::follow(
      transfer, policy, std::move(hop), deadline, [&](const Head&, std::string_view piece) -> core::Result<void> {
        if (piece.size() > bounds.max_bytes - body.size()) {
          return core::exhausted(url + " is longer than the " + std::to_string(bounds.max_bytes) + " bytes allowed");
        }
        body += piece;
        return {};
      }));
  if (arrival.head.status == 416) return core::invalid(arrival.url + " answered 416 to a request without a range");
  return Answer{arrival.head.status, arrival.head.headers, std::move(body), arrival.url};
}

core::Result<codec::Json> Fetcher::State::fetch_json(Hop hop, const Bounds& bounds) {
  hop.headers.set("Accept", "application/json");
  const Answer answer = TRY(fetch(std::move(hop), bounds));
  codec::JsonLimits limits;
  limits.max_bytes = bounds.max_bytes;
  limits.max_depth = 64;
  auto parsed = codec::parse_json(answer.body, limits);
  if (!parsed.ok()) return core::corrupt(answer.url + " answered with what is not JSON: " + parsed.error().message);
  return parsed;
}

core::Result<Answer> Fetcher::get(const std::string& url, const Bounds& bounds, const http::Headers& headers) {
  return state_->fetch({"GET", url, headers, {}}, bounds);
}

core::Result<codec::Json> Fetcher::get_json(const std::string& url, const Bounds& bounds,
                                            const http::Headers& headers) {
  return state_->fetch_json({"GET", url, headers, {}}, bounds);
}

core::Result<Answer> Fetcher::post(const std::string& url, std::string_view body, const Bounds& bounds,
                                   const http::Headers& headers) {
  return state_->fetch({"POST", url, headers, body}, bounds);
}

core::Result<codec::Json> Fetcher::post_json(const std::string& url, const codec::Json& body, const Bounds& bounds,
                                             const http::Headers& headers) {
  const std::string text = codec::write_json(body);
  Hop hop{"POST", url, headers, text};
  hop.headers.set("Content-Type", "application/json");
  return state_->fetch_json(std::move(hop), bounds);
}

}  // namespace noonmark::fetch
