#include "ledger/client/rpc.h"

#include <optional>

#include "base/codec/json.h"
#include "net/fetch/fetch.h"

namespace noonmark::client {
namespace {

using codec::Json;

/// Whole snapshots of a subnet come in one answer.
constexpr std::uint64_t kMaxAnswer = 64u << 20;

/// Reasons of subtensor's transaction pool by number (InvalidTransaction::Custom).
std::string_view custom_reason(std::int64_t number) {
  switch (number) {
    case 0:
      return "the cold key is being swapped";
    case 1:
      return "the stake is too low (also for weights below the stake threshold)";
    case 2:
      return "the balance is too low";
    case 3:
      return "there is no such subnet";
    case 4:
      return "the hot key is unknown";
    case 5:
      return "there is less stake than that";
    case 6:
      return "too soon after the last time (rate limit)";
    case 10:
      return "the hot key isn't registered on this subnet";
    case 11:
      return "the address isn't allowed";
    case 12:
      return "served too soon after the last time (rate limit)";
    case 13:
      return "the port isn't allowed";
    case 15:
      return "the reveal round is wrong";
    case 16:
      return "there is no such commit";
    case 17:
      return "this isn't the time to reveal";
    case 18:
      return "the lists differ in length";
    case 19:
      return "there is no such uid";
    case 21:
      return "the key swap is disputed";
    case 25:
      return "the cold key doesn't own this hot key";
    case 255:
      return "the request is malformed";
    default:
      return "";
  }
}

/// A number after `word` in a text, as in "Custom error: 11" or {"custom":11}.
std::optional<std::int64_t> number_after(std::string_view text, std::string_view word) {
  const std::size_t at = text.find(word);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t begin = text.find_first_of("0123456789", at + word.size());
  if (begin == std::string_view::npos || begin > at + word.size() + 4) return std::nullopt;
  std::int64_t number = 0;
  for (std::size_t i = begin; i < text.size() && text[i] >= '0' && text[i] <= '9' && i < begin + 6; ++i) {
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

std::string text_of(const Json* json) {
  if (json == nullptr || json->is_null()) return "";
  return json->is_string() ? json->as_string() : codec::write_json(*json);
}

core::Error error_of(const Json& error) {
  if (error.is_string()) return core::invalid("the ledger's node reports: " + error.as_string().substr(0, 500));
  const Json* number = error.find("code");
  const std::int64_t code = number != nullptr && number->is_integer() ? number->as_integer() : 0;
  const std::string message = text_of(error.find("message")).substr(0, 500),
                    data = text_of(error.find("data")).substr(0, 500);
  const std::string both = message + (data.empty() ? "" : ": " + data);
  std::optional<std::int64_t> custom = number_after(both, "Custom error");
  if (!custom) custom = number_after(both, "\"custom\"");
  const bool pool = (code >= 1010 && code <= 1016) || custom || both.find("\"invalid\"") != std::string::npos;
  if (!pool) return core::invalid("the ledger's node reports: " + both + " (" + std::to_string(code) + ")");
  const std::string_view reason = custom ? custom_reason(*custom) : std::string_view{};
  return core::denied("the ledger refuses: " + (reason.empty() ? both : std::string(reason) + " (" + both + ")"));
}

/// Nodes serve HTTP and WebSocket on one port.
core::Result<std::string> http_url(const std::string& url) {
  if (url.starts_with("http://") || url.starts_with("https://")) return url;
  if (url.starts_with("ws://")) return "http" + url.substr(2);
  if (url.starts_with("wss://")) return "https" + url.substr(3);
  return core::invalid("'" + url + "' is no ledger: give http://HOST:PORT or https://HOST:PORT");
}

bool is_road(const core::Error& error) {
  return error.kind == core::ErrorKind::unavailable || error.kind == core::ErrorKind::timeout ||
         error.kind == core::ErrorKind::corrupt;
}

}  // namespace

core::Result<Json> result_of(const Json& answer) {
  if (const Json* error = answer.find("error"); error != nullptr && !error->is_null()) return error_of(*error);
  const Json* result = answer.find("result");
  if (result == nullptr) return core::corrupt("the ledger's node gave an answer without result");
  return *result;
}

struct HttpRpc::State {
  State(Settings wanted, core::Clock& time) : settings(std::move(wanted)), clock(time), fetcher(time, policy()) {}
  static fetch::Policy policy() {
    fetch::Policy policy;
    policy.connect = std::chrono::seconds(5);
    return policy;
  }
  const Settings settings;
  core::Clock& clock;
  fetch::Fetcher fetcher;
  std::size_t current = 0;  // of settings.urls
  std::int64_t id = 0;
};

core::Result<std::unique_ptr<HttpRpc>> HttpRpc::open(Settings settings, core::Clock& clock) {
  if (settings.urls.empty()) return core::invalid("name a ledger: --ledger http://HOST:PORT");
  for (std::string& url : settings.urls) url = TRY(http_url(url));
  return std::unique_ptr<HttpRpc>(new HttpRpc(std::make_unique<State>(std::move(settings), clock)));
}

HttpRpc::HttpRpc(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpRpc::~HttpRpc() = default;

core::Result<Json> HttpRpc::call(std::string_view method, Json::Array parameters) {
  State& state = *state_;
  const Json request =
      Json::object({{"jsonrpc", "2.0"}, {"id", ++state.id}, {"method", method}, {"params", std::move(parameters)}});
  const std::size_t endpoints = state.settings.urls.size();
  core::Error last;
  core::Nanos pause = state.settings.pause;
  for (std::size_t attempt = 0; attempt < endpoints * static_cast<std::size_t>(state.settings.rounds); ++attempt) {
    if (attempt > 0 && attempt % endpoints == 0) {
      state.clock.sleep_for(pause);
      pause *= 2;
    }
    const std::string& url = state.settings.urls[state.current];
    const auto answer = state.fetcher.post_json(url, request, {.max_bytes = kMaxAnswer, .time = state.settings.time});
    core::Result<Json> result = answer.ok() ? result_of(*answer) : core::Result<Json>(answer.error());
    if (result.ok()) return result;
    last = result.error().with_context("ledger " + url + ", " + std::string(method));
    if (!is_road(last)) return last;
    state.current = (state.current + 1) % endpoints;
  }
  // A node that answers nonsense may be mended, as one that doesn't answer: whoever can wait tries again later.
  if (last.kind == core::ErrorKind::corrupt) return core::unavailable(last.message);
  return last;
}

}  // namespace noonmark::client
