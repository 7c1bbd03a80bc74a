#include <algorithm>

#include "base/codec/json.h"
#include "base/codec/text.h"
#include "edge/openai/api.h"
#include "edge/openai/envelope.h"
#include "edge/openai/internal/relay.h"

// Requests inside requests: what one would cost, and those that are answered later.
namespace noonmark::openai {
namespace {

using codec::Json;
using internal::Asked;

http::Response job_response(const jobs::Job& job, int status, bool with_secret = false) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = jobs::write_job(job, with_secret);
  return response;
}

std::optional<job::JobId> job_id_of(std::string_view hex) {
  const auto bytes = codec::parse_hex(hex);
  job::JobId id;
  if (!bytes.ok() || bytes->size() != id.bytes.size()) return std::nullopt;
  std::ranges::copy(*bytes, id.bytes.begin());
  return id;
}

}  // namespace

/// Nothing when it isn't understood, and the caller has been told.
std::optional<Api::Wrapped> Api::unwrap(const Question& question, bool with_webhook) {
  auto envelope = read_envelope(question.request, with_webhook);
  if (!envelope.ok()) {
    question.asked->fail(status_of(envelope.error()), envelope.error().message);
    return std::nullopt;
  }
  const auto kind =
      std::ranges::find_if(kinds_, [&](const Kind& one) { return name_in(one.path, envelope->path).has_value(); });
  if (kind == kinds_.end()) {
    question.asked->fail(400, "request.path: no work is done at this address");
    return std::nullopt;
  }
  Wrapped wrapped;
  wrapped.kind = &*kind;
  wrapped.webhook = std::move(envelope->webhook);
  wrapped.request.method = "POST";
  wrapped.request.target = std::move(envelope->path);
  wrapped.request.headers = question.request.headers;
  wrapped.request.headers.set("Content-Type", "application/json");
  wrapped.request.body = std::move(envelope->body);
  return wrapped;
}

void Api::quote(const Question& question) {
  const auto wrapped = unwrap(question, false);
  if (!wrapped) return;
  const auto prepared = prepare(question.asked, wrapped->request, *wrapped->kind);
  if (!prepared) return;
  const std::int64_t units = prepared->order.units;
  question.asked->respond(json_response(Json::object({{"object", "quote"},
                                                      {"path", wrapped->request.target},
                                                      {"model", prepared->choice.model},
                                                      {"units", units},
                                                      {"price_per_unit", settings_.price_per_unit},
                                                      {"price", units * settings_.price_per_unit}})));
}

void Api::begin_job(const Question& question) {
  if (!may_begin(question)) return;
  const AskedPtr& asked = question.asked;
  auto wrapped = unwrap(question, true);
  if (!wrapped) return;
  const std::string& webhook = wrapped->webhook;
  if (!webhook.empty() && !settings_.deliver) return asked->fail(400, "request.webhook: this gateway has none");
  if (!webhook.empty() && !webhook.starts_with("https://") &&
      !(settings_.plain_webhooks && webhook.starts_with("http://"))) {
    return asked->fail(400, "request.webhook: must begin with https://");
  }
  auto prepared = prepare(asked, wrapped->request, *wrapped->kind);
  if (!prepared) return;
  if (prepared->order.streams) return asked->fail(400, "request.body.stream: nobody listens to a job; leave it out");
  const job::JobId id = job::random_job_id();
  const jobs::Job job = desk_->jobs.begin(id.hex(), asked->caller, wrapped->request.target, webhook);
  const auto keep = [desk = desk_, job, deliver = settings_.deliver](http::Response response) {
    const std::string receipt(response.headers.find("x-noonmark-receipt").value_or(""));
    const auto ended = desk->jobs.finish(job.id, response.status, std::move(response.body), receipt);
    if (ended && !ended->webhook.empty()) deliver({ended->webhook, ended->id, ended->secret, jobs::write_job(*ended)});
  };
  const auto later = std::make_shared<Asked>(keep, desk_, clock_, asked->id);
  later->route = wrapped->kind->path;
  later->caller = asked->caller;
  asked->respond(job_response(job, 202, true));
  submit(later, *std::move(prepared), id, settings_.job_time);
}

void Api::show_job(const Question& question) {
  const auto job = desk_->jobs.find(std::string(question.name), question.asked->caller);
  if (!job) return question.asked->fail(404, "there is no such job, or no more", "job_not_found");
  question.asked->respond(job_response(*job, 200));
}

void Api::drop_job(const Question& question) {
  const auto dropped = desk_->jobs.drop(std::string(question.name), question.asked->caller);
  if (!dropped) return question.asked->fail(404, "there is no such job, or no more", "job_not_found");
  if (const auto id = job_id_of(dropped->job.id); id && dropped->was_running) router_.cancel(*id);
  question.asked->respond(job_response(dropped->job, 200));
}

}  // namespace noonmark::openai
