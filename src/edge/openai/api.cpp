#include "edge/openai/api.h"

#include <algorithm>
#include <optional>

#include "base/codec/json.h"
#include "base/codec/text.h"
#include "base/core/random.h"
#include "edge/openai/internal/relay.h"
#include "trial/runner/protocol.h"  // clean_text

namespace noonmark::openai {
namespace {

using codec::Json;
using internal::Asked;
using internal::seconds_of;

constexpr std::size_t kMaxRequestId = 128;

template <std::size_t bytes>
std::string random_hex() {
  std::array<std::uint8_t, bytes> random{};
  core::fill_secure_random(random);
  return codec::hex(random);
}

bool is_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }
bool is_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

/// "00-" 32 digits of a trace "-" 16 of a span "-" 2 of flags (W3C Trace Context). Nothing where that isn't sound.
std::string_view trace_of(const http::Request& request) {
  const std::string_view parent = request.headers.find("traceparent").value_or("");
  if (parent.size() != 55 || !parent.starts_with("00-") || parent[35] != '-' || parent[52] != '-') return {};
  const std::string_view trace = parent.substr(3, 32), span = parent.substr(36, 16), flags = parent.substr(53);
  const bool sound = is_hex(trace) && is_hex(span) && is_hex(flags) && !is_zero(trace) && !is_zero(span);
  return sound ? trace : std::string_view();
}

/// What a request is called: by its caller, if a header can carry it; else as its trace.
struct Names {
  std::string id, trace;
};
Names names_of(const http::Request& request) {
  const std::string_view given = request.headers.find("x-request-id").value_or(""), trace = trace_of(request);
  const bool sane = !given.empty() && given.size() <= kMaxRequestId &&
                    std::ranges::all_of(given, [](char c) { return c > 0x20 && c < 0x7f; });
  Names names;
  names.trace = trace.empty() ? random_hex<16>() : std::string(trace);
  names.id = sane ? std::string(given) : (trace.empty() ? "req_" : "") + names.trace;
  return names;
}

http::Response text_response(int status, std::string text) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(text);
  return response;
}

}  // namespace

Api::Api(const core::Clock& clock, router::Router& router, KeyRing* keys, std::function<std::size_t()> workers,
         std::vector<Kind> kinds, std::vector<Page> pages, Settings settings)
    : clock_(clock),
      router_(router),
      kinds_(std::move(kinds)),
      pages_(std::move(pages)),
      keys_(keys),
      workers_(std::move(workers)),
      settings_(std::move(settings)),
      started_(std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count()),
      addresses_(make_addresses()),
      desk_(std::make_shared<internal::Desk>(clock)) {}
Api::~Api() = default;

std::vector<Api::Address> Api::make_addresses() {
  std::vector<Address> all;
  for (const Kind& kind : kinds_) {
    all.push_back({"POST", kind.path, [this, &kind](const Question& question) { take(question, kind); }});
  }
  for (const Page& one : pages_) {
    all.push_back({one.method, one.path, [this, &one](const Question& question) { page(question, one); }, one.open});
  }
  const auto add = [&](std::string_view method, std::string_view path, void (Api::*call)(const Question&),
                       bool open = false) {
    all.push_back({method, path, [this, call](const Question& question) { (this->*call)(question); }, open});
  };
  add("POST", "/v1/quotes", &Api::quote);
  add("POST", "/v1/jobs", &Api::begin_job);
  add("GET", "/v1/jobs/*", &Api::show_job);
  add("DELETE", "/v1/jobs/*", &Api::drop_job);
  add("GET", "/v1/models", &Api::models);
  add("GET", "/v1/models/*", &Api::model);
  add("GET", "/livez", &Api::live, true);
  add("GET", "/readyz", &Api::ready, true);
  add("GET", "/metrics", &Api::figures, true);
  return all;
}

std::vector<std::string> Api::addresses() const {
  std::vector<std::string> all;
  for (const Address& one : addresses_) all.push_back(std::string(one.method) + " " + std::string(one.path));
  return all;
}

/// The first path that fits decides; it may be there for several methods.
void Api::answer(http::Request request, server::Responder responder) {
  const Names names = names_of(request);
  const auto asked = std::make_shared<Asked>(std::move(responder), desk_, clock_, names.id);
  asked->fields.add("traceresponse", "00-" + names.trace + "-" + random_hex<8>() + "-00");
  std::optional<std::string_view> name;
  const auto found = std::ranges::find_if(addresses_, [&](const Address& one) {
    name = name_in(one.path, request.path());
    return name.has_value();
  });
  if (found == addresses_.end())
    return asked->fail(404, "there is nothing at this address; see /openapi.json", "unknown_url");
  asked->route = found->path;
  std::string allowed;
  for (const Address& one : addresses_) {
    if (one.path != found->path) continue;
    if (one.method != request.method) {
      allowed += (allowed.empty() ? "" : ", ") + std::string(one.method);
    } else if (one.open || admit(asked, request)) {
      return one.call({asked, request, *name});
    } else {
      return;
    }
  }
  asked->fields.add("Allow", allowed);
  asked->fail(405, "this address takes " + allowed + " only");
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

/// Whether it is new, and there is still time for it: the caller has been told otherwise.
bool Api::may_begin(const Question& question) {
  if (!draining_) return !is_replayed(question.asked, question.request);
  question.asked->fail(503, "this gateway is going away; try again");
  return false;
}

void Api::take(const Question& question, const Kind& kind) {
  if (!may_begin(question)) return;
  auto prepared = prepare(question.asked, question.request, kind);
  if (!prepared) return;
  const job::JobId id = job::random_job_id();
  {
    const std::lock_guard lock(desk_->mutex);
    desk_->waiting.emplace(id, *question.asked->responder);
  }
  submit(question.asked, *std::move(prepared), id, settings_.request_time);
}

/// Reads the request and finds who does it. Nothing when that can't be, and the caller has been told.
std::optional<Api::Prepared> Api::prepare(const AskedPtr& asked, const http::Request& request, const Kind& kind) {
  const auto told = [&](const core::Error& error) {
    asked->fail(status_of(error), error.message);
    return std::nullopt;
  };
  auto order = kind.read(request);
  if (!order.ok()) return told(order.error());
  auto choice = choose_model(asked, request, order->model, kind);
  if (!choice) return std::nullopt;
  auto body = order->write(choice->model);
  if (!body.ok()) return told(body.error());
  for (const http::Header& field : order->fields.fields()) asked->fields.add(field.name, field.value);
  asked->fields.add("x-noonmark-units", std::to_string(order->units));
  return Prepared{*std::move(order), *std::move(choice), *std::move(body)};
}

void Api::submit(const AskedPtr& asked, Prepared prepared, const job::JobId& id, core::Nanos time) {
  const Choice& choice = prepared.choice;
  const auto wait = [this, name = choice.model] { return router_.expected_wait(name); };
  router_.submit({id, choice.model, std::string(prepared.order.job_path), std::move(prepared.body), time,
                  choice.package, asked->id},
                 asked->caller,
                 std::make_shared<internal::Relay>(asked, id, std::move(prepared.order.translate), wait));
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
      desk_->metrics.count(asked->route, found.answer->status, clock_.steady() - asked->begun);
      asked->responder->respond(*std::move(found.answer));
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

void Api::page(const Question& question, const Page& page) {
  const std::vector<router::Model> models = router_.models();
  const bool ready = !draining_ && !models.empty();
  question.asked->respond(page.tell({models, ready, question.name, question.request}));
}

void Api::models(const Question& question) {
  Json list = Json::array();
  for (const router::Model& one : router_.models()) {
    list.push_back(describe(one));
  }
  question.asked->respond(json_response(Json::object({{"object", "list"}, {"data", std::move(list)}})));
}

void Api::model(const Question& question) {
  for (const router::Model& one : router_.models()) {
    if (one.name != question.name) continue;
    return question.asked->respond(json_response(describe(one)));
  }
  question.asked->fail(404,
                       "The model '" + runner::clean_text(question.name, 128) + "' does not exist here; see /v1/models",
                       "model_not_found");
}

void Api::live(const Question& question) { question.asked->respond(text_response(200, "ok\n")); }

void Api::ready(const Question& question) {
  if (draining_) return question.asked->respond(text_response(503, "going away\n"));
  const bool serves = !router_.models().empty();
  question.asked->respond(text_response(serves ? 200 : 503, serves ? "ok\n" : "no worker serves anything\n"));
}

void Api::figures(const Question& question) {
  http::Response response = text_response(200, desk_->metrics.text(router_.models(), router_.counters(), workers_()));
  response.headers.set("Content-Type", "text/plain; version=0.0.4");
  question.asked->respond(std::move(response));
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
