#include "edge/openai/api.h"

#include <algorithm>
#include <optional>

#include "base/codec/json.h"
#include "base/codec/text.h"
#include "base/core/random.h"
#include "trial/runner/protocol.h"  // clean_text

namespace noonmark::openai {
namespace {

using codec::Json;
using job::Failure;

constexpr std::string_view kModels = "/v1/models", kReceipt = "x-noonmark-receipt";
constexpr std::size_t kMaxRequestId = 128;

std::int64_t seconds_of(core::Nanos time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time + std::chrono::milliseconds(999)).count();
}

std::string random_hex() {
  std::array<std::uint8_t, 16> bytes{};
  core::fill_secure_random(bytes);
  return codec::hex(bytes);
}

/// "00-" 32 digits of a trace "-" 16 of a span "-" 2 (W3C Trace Context).
std::string_view trace_of(const http::Request& request) {
  constexpr std::size_t kLength = 55, kTrace = 3, kTraceDigits = 32;
  const std::string_view parent = request.headers.find("traceparent").value_or("");
  if (parent.size() < kLength || !parent.starts_with("00-") || parent[35] != '-') return {};
  const std::string_view trace = parent.substr(kTrace, kTraceDigits);
  const bool hex = trace.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return hex && trace.find_first_not_of('0') != std::string_view::npos ? trace : std::string_view();
}

/// The caller's own, if it is one that a header can carry; else that of the caller's trace.
std::string request_id_of(const http::Request& request) {
  const std::string_view given = request.headers.find("x-request-id").value_or("");
  const bool sane = !given.empty() && given.size() <= kMaxRequestId &&
                    std::ranges::all_of(given, [](char c) { return c > 0x20 && c < 0x7f; });
  if (sane) return std::string(given);
  const std::string_view trace = trace_of(request);
  return trace.empty() ? "req_" + random_hex() : std::string(trace);
}

int status_of(const Failure& failure) {
  switch (failure.kind) {
    case Failure::Kind::refused:
      return 400;
    case Failure::Kind::busy:
      return 429;
    case Failure::Kind::unable:
      return 503;
    case Failure::Kind::lost:
      return 502;
    case Failure::Kind::timeout:
      return 504;
    case Failure::Kind::cancelled:
      return 499;
  }
  return 500;
}

http::Response json_response(const Json& json) {
  http::Response response;
  response.headers.add("Content-Type", "application/json");
  response.body = codec::write_json(json);
  return response;
}

http::Response text_response(int status, std::string text) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(text);
  return response;
}

/// Of a request that couldn't be read.
int status_of(const core::Error& error) {
  if (error.kind == core::ErrorKind::usage) return 415;
  return error.kind == core::ErrorKind::exhausted ? 413 : 400;
}

}  // namespace

/// Jobs in flight by name, with the way back to their callers.
struct Api::Desk {
  std::mutex mutex;
  std::map<job::JobId, server::Responder> waiting;
  Metrics metrics;
  Replays replays;

  explicit Desk(const core::Clock& clock) : replays(clock) {}
};

/// One request and the way back.
struct Api::Asked {
  Asked(server::Responder to, std::shared_ptr<Desk> at, const core::Clock& time, std::string called)
      : responder(std::move(to)), desk(std::move(at)), clock(time), id(std::move(called)), begun(time.steady()) {}

  void respond(http::Response response) {
    for (const http::Header& field : fields.fields()) response.headers.add(field.name, field.value);
    response.headers.add("x-request-id", id);
    desk->metrics.count(route, response.status, clock.steady() - begun);
    if (!replay.empty() && response.status == 200) {
      desk->replays.finish(replay, response);
    } else if (!replay.empty()) {
      desk->replays.forget(replay);
    }
    responder.respond(std::move(response));
  }
  void fail(int status, std::string_view message, std::string_view code = {}) {
    respond(http::error_response(status, message, code));
  }

  server::Responder responder;
  const std::shared_ptr<Desk> desk;  // with the API, which may go first
  const core::Clock& clock;
  const std::string id;
  const core::Nanos begun;
  std::string route = "other";
  std::string caller = "local";
  std::string replay;    // under which its answer is kept; empty: it isn't
  http::Headers fields;  // of every answer to it
};

namespace {

/// Passes a worker's answer on to the caller.
template <class Asked>
class Relay final : public job::Sink {
 public:
  using Translate = std::function<core::Result<std::string>(std::string)>;
  Relay(std::shared_ptr<Asked> asked, job::JobId job, Translate translate, std::function<core::Nanos()> expected_wait)
      : asked_(std::move(asked)),
        job_(job),
        translate_(std::move(translate)),
        expected_wait_(std::move(expected_wait)) {}

  void on_head(int status, std::string_view content_type) override {
    response_.status = status;
    response_.headers.set("Content-Type", std::string(content_type));
    streams_ = content_type.starts_with("text/event-stream");
    if (!streams_) return;
    http::Headers headers = asked_->fields;
    headers.set("Content-Type", std::string(content_type));
    headers.set("Cache-Control", "no-store");
    headers.set("x-request-id", asked_->id);
    asked_->responder.begin_stream(status, std::move(headers));
  }
  bool restart() override {
    if (!streams_) response_ = {};
    return !streams_;
  }
  void on_piece(std::string_view bytes) override {
    if (streams_) {
      asked_->responder.write(bytes);
    } else {
      response_.body += bytes;
    }
  }
  /// A comment in a stream: who reads events passes over it.
  void on_receipt(std::string_view receipt) override {
    if (!http::is_safe_field(kReceipt, receipt)) return;
    if (streams_) {
      asked_->responder.write(": " + std::string(kReceipt) + " " + std::string(receipt) + "\n\n");
    } else {
      response_.headers.set(kReceipt, std::string(receipt));
    }
  }
  void on_end(const Failure* failure) override {
    {
      const std::lock_guard lock(asked_->desk->mutex);
      asked_->desk->waiting.erase(job_);
    }
    if (streams_) return end_stream(failure);
    if (failure == nullptr) return succeed();
    const int status = status_of(*failure);
    http::Response response = http::error_response(status, failure->message, code_of(*failure));
    if (failure->kind == Failure::Kind::busy) {
      response.headers.add("Retry-After", std::to_string(std::max<std::int64_t>(1, seconds_of(expected_wait_()))));
    }
    asked_->respond(std::move(response));
  }

 private:
  void succeed() {
    if (translate_) {
      auto translated = translate_(std::move(response_.body));
      if (!translated.ok()) return asked_->fail(502, "the worker's answer is broken: " + translated.error().message);
      response_.body = *std::move(translated);
    }
    asked_->respond(std::move(response_));
  }
  static std::string_view code_of(const Failure& failure) {
    return failure.kind == Failure::Kind::busy ? "queue_full" : std::string_view();
  }
  void end_stream(const Failure* failure) {
    if (failure != nullptr) {
      const std::string body = http::error_response(status_of(*failure), failure->message).body;
      asked_->responder.write("event: error\ndata: " + body + "\n\n");
    }
    asked_->desk->metrics.count(asked_->route, failure == nullptr ? response_.status : status_of(*failure),
                                asked_->clock.steady() - asked_->begun);
    // A stream isn't kept: it may be asked for again.
    if (!asked_->replay.empty()) asked_->desk->replays.forget(asked_->replay);
    asked_->responder.finish();
  }

  const std::shared_ptr<Asked> asked_;
  const job::JobId job_;
  const Translate translate_;
  const std::function<core::Nanos()> expected_wait_;
  http::Response response_;
  bool streams_ = false;
};

}  // namespace

Api::Api(const core::Clock& clock, router::Router& router, KeyRing* keys, std::function<std::size_t()> workers,
         std::vector<Kind> kinds, std::vector<Page> pages, Settings settings)
    : clock_(clock),
      router_(router),
      kinds_(std::move(kinds)),
      pages_(std::move(pages)),
      keys_(keys),
      workers_(std::move(workers)),
      settings_(settings),
      started_(std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count()),
      desk_(std::make_shared<Desk>(clock)) {}
Api::~Api() = default;

/// A path that ends in '/' stands for everything below it.
const std::vector<Api::Route>& Api::routes() {
  static const std::vector<Route> all = {{kModels, &Api::models, true},
                                         {"/v1/models/", &Api::model, true},
                                         {"/livez", &Api::live, false},
                                         {"/readyz", &Api::ready, false},
                                         {"/metrics", &Api::figures, false}};
  return all;
}

void Api::answer(http::Request request, server::Responder responder) {
  const auto asked = std::make_shared<Asked>(std::move(responder), desk_, clock_, request_id_of(request));
  const std::string_view path = request.path();
  const auto kind = std::ranges::find(kinds_, path, &Kind::path);
  if (kind != kinds_.end()) return take(asked, request, *kind);
  const auto page = std::ranges::find(pages_, path, &Page::path);
  if (page != pages_.end()) {
    asked->route = page->path;
    if (!expect_method(asked, request, "GET") || !admit(asked, request)) return;
    return asked->respond(json_response(page->tell(router_.models())));
  }
  const auto route = std::ranges::find_if(routes(), [&](const Route& one) {
    return one.path.ends_with('/') ? path.starts_with(one.path) && path.size() > one.path.size() : path == one.path;
  });
  if (route == routes().end())
    return asked->fail(404, "there is nothing at this address; see /v1/models", "unknown_url");
  asked->route = route->path;
  if (!expect_method(asked, request, "GET") || (route->guarded && !admit(asked, request))) return;
  (this->*route->call)(asked, request);
}

bool Api::expect_method(const AskedPtr& asked, const http::Request& request, std::string_view method) {
  if (request.method == method) return true;
  asked->fields.add("Allow", std::string(method));
  asked->fail(405, "this address takes " + std::string(method) + " only");
  return false;
}

/// Before anything of the body is looked at.
bool Api::admit(const AskedPtr& asked, const http::Request& request) {
  if (keys_ == nullptr) return true;
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view given = request.headers.find("Authorization").value_or("");
  const auto caller = given.starts_with(kBearer) ? keys_->admit(given.substr(kBearer.size())) : std::nullopt;
  if (!caller) {
    asked->fields.add("WWW-Authenticate", "Bearer");
    asked->fail(401, given.empty() ? "a key is needed: Authorization: Bearer KEY" : "this key isn't known here",
                "invalid_api_key");
    return false;
  }
  asked->caller = caller->name;
  const Allowance& allowance = caller->allowance;
  asked->fields.add("x-ratelimit-limit-requests", std::to_string(allowance.limit));
  asked->fields.add("x-ratelimit-remaining-requests", std::to_string(allowance.remaining));
  asked->fields.add("x-ratelimit-reset-requests", std::to_string(seconds_of(allowance.full_after)) + "s");
  if (allowance.granted) return true;
  asked->fields.add("Retry-After", std::to_string(std::max<std::int64_t>(1, seconds_of(allowance.retry_after))));
  asked->fail(429, "this key may ask " + std::to_string(allowance.limit) + " times a minute", "rate_limit_exceeded");
  return false;
}

void Api::take(const AskedPtr& asked, const http::Request& request, const Kind& kind) {
  asked->route = kind.path;
  if (!expect_method(asked, request, "POST") || !admit(asked, request)) return;
  if (draining_) return asked->fail(503, "this gateway is going away; try again");
  if (is_replayed(asked, request)) return;
  auto order = kind.read(request);
  if (!order.ok()) return asked->fail(status_of(order.error()), order.error().message);
  const auto choice = choose_model(asked, request, order->model, kind);
  if (!choice) return;
  const auto body = order->write(choice->model);
  if (!body.ok()) return asked->fail(status_of(body.error()), body.error().message);
  for (const http::Header& field : order->fields.fields()) asked->fields.add(field.name, field.value);
  const job::JobId id = job::random_job_id();
  {
    const std::lock_guard lock(desk_->mutex);
    desk_->waiting.emplace(id, asked->responder);
  }
  const auto wait = [this, name = choice->model] { return router_.expected_wait(name); };
  router_.submit(
      {id, choice->model, std::string(order->job_path), *body, settings_.request_time, choice->package, asked->id},
      asked->caller, std::make_shared<Relay<Asked>>(asked, id, std::move(order->translate), wait));
}

/// Whether a request with the same Idempotency-Key has been answered, is being answered, or was another one: the caller
/// has been told then.
bool Api::is_replayed(const AskedPtr& asked, const http::Request& request) {
  constexpr std::size_t kLongest = 255;
  const auto key = request.headers.find("Idempotency-Key");
  if (!key) return false;
  if (key->empty() || key->size() > kLongest) {
    asked->fail(400, "an Idempotency-Key has 1 to " + std::to_string(kLongest) + " characters");
    return true;
  }
  const std::string kept = asked->caller + " " + std::string(*key);
  const std::string what = std::string(request.path()) + "\n" + request.body;
  Replays::Found found = desk_->replays.begin(kept, hash::sha256(what));
  switch (found.seen) {
    case Replays::Seen::never:
      asked->replay = kept;
      return false;
    case Replays::Seen::running:
      asked->fields.add("Retry-After", "1");
      asked->fail(409, "the request with this Idempotency-Key is being answered", "idempotency_in_progress");
      return true;
    case Replays::Seen::another:
      asked->fail(422, "this Idempotency-Key was used for another request", "idempotency_mismatch");
      return true;
    case Replays::Seen::done:
      found.answer->headers.set("Idempotency-Replayed", "true");
      asked->responder.respond(*std::move(found.answer));
      return true;
  }
  return false;
}

/// The model that does it, "NAME" or "NAME@PACKAGE". Nothing when there is none, and the caller has been told.
std::optional<Api::Choice> Api::choose_model(const AskedPtr& asked, const http::Request& request,
                                             const std::string& wanted, const Kind& kind) {
  const std::string name = wanted.substr(0, wanted.find('@'));
  const std::string pinned = name.size() < wanted.size() ? wanted.substr(name.size() + 1) : "";
  const std::vector<router::Model> all = router_.models();
  const auto model = std::ranges::find_if(
      all, [&](const router::Model& one) { return name.empty() ? one.task == kind.task : one.name == name; });
  if (model != all.end() && model->task == kind.task) {
    auto package = choose_package(asked, request, *model, pinned);
    if (!package) return std::nullopt;
    return Choice{model->name, *std::move(package)};
  }
  if (model != all.end()) {
    asked->fail(400, "the model " + model->name + " does " + model->task);
  } else if (name.empty()) {
    asked->fail(503, "no worker " + std::string(kind.does) + " now; try again later");
  } else {
    asked->fail(404, "The model '" + runner::clean_text(name, 128) + "' does not exist here; see /v1/models",
                "model_not_found");
  }
  return std::nullopt;
}

/// What the caller pins the answer to: a package by its digest's beginning, or the least fidelity.
std::optional<std::string> Api::choose_package(const AskedPtr& asked, const http::Request& request,
                                               const router::Model& model, const std::string& pinned) {
  constexpr std::size_t kShortestPin = 8;
  if (!pinned.empty()) {
    const bool served =
        std::ranges::any_of(model.packages, [&](const std::string& one) { return one.starts_with(pinned); });
    if (pinned.size() >= kShortestPin && served) return pinned;
    asked->fail(404,
                "no worker serves " + model.name + " with that package now; a pin is at least " +
                    std::to_string(kShortestPin) + " digits of its digest",
                "package_not_found");
    return std::nullopt;
  }
  const auto least = request.headers.find("x-noonmark-min-fidelity");
  if (!least) return "";
  const auto number = codec::parse_json(*least, {least->size() + 1, 1});
  if (!number.ok() || !number->is_number() || number->as_number() < 0 || number->as_number() > 1) {
    asked->fail(400, "x-noonmark-min-fidelity must be a number from 0 to 1");
    return std::nullopt;
  }
  for (const std::string& one : model.packages) {
    const auto known = settings_.fidelity ? settings_.fidelity(one) : std::nullopt;
    if (known && *known >= number->as_number()) return one;
  }
  asked->fail(412, "no package of that fidelity is served for " + model.name + " now", "fidelity_not_available");
  return std::nullopt;
}

codec::Json Api::describe(const router::Model& model) const {
  Json packages = Json::array();
  for (const std::string& one : model.packages) {
    Json package = Json::object({{"digest", one}});
    const auto fidelity = settings_.fidelity ? settings_.fidelity(one) : std::nullopt;
    if (fidelity) package["fidelity"] = *fidelity;
    packages.push_back(std::move(package));
  }
  return Json::object({{"id", model.name},
                       {"object", "model"},
                       {"created", started_},
                       {"owned_by", "noonmark"},
                       {"task", model.task},
                       {"packages", std::move(packages)}});
}

void Api::models(const AskedPtr& asked, const http::Request&) {
  Json list = Json::array();
  for (const router::Model& one : router_.models()) {
    list.push_back(describe(one));
  }
  asked->respond(json_response(Json::object({{"object", "list"}, {"data", std::move(list)}})));
}

void Api::model(const AskedPtr& asked, const http::Request& request) {
  const std::string_view name = request.path().substr(kModels.size() + 1);
  for (const router::Model& one : router_.models()) {
    if (one.name != name) continue;
    return asked->respond(json_response(describe(one)));
  }
  asked->fail(404, "The model '" + runner::clean_text(name, 128) + "' does not exist here; see /v1/models",
              "model_not_found");
}

void Api::live(const AskedPtr& asked, const http::Request&) { asked->respond(text_response(200, "ok\n")); }

void Api::ready(const AskedPtr& asked, const http::Request&) {
  if (draining_) return asked->respond(text_response(503, "going away\n"));
  const bool serves = !router_.models().empty();
  asked->respond(text_response(serves ? 200 : 503, serves ? "ok\n" : "no worker serves anything\n"));
}

void Api::figures(const AskedPtr& asked, const http::Request&) {
  http::Response response = text_response(200, desk_->metrics.text(router_.models(), router_.counters(), workers_()));
  response.headers.set("Content-Type", "text/plain; version=0.0.4");
  asked->respond(std::move(response));
}

void Api::sweep() {
  std::vector<job::JobId> left;
  {
    const std::lock_guard lock(desk_->mutex);
    for (const auto& [id, responder] : desk_->waiting) {
      if (responder.cancelled()) left.push_back(id);
    }
  }
  for (const job::JobId& id : left) router_.cancel(id);
}

}  // namespace noonmark::openai
