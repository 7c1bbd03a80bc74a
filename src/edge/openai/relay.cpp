#include "edge/openai/internal/relay.h"

#include <algorithm>

namespace noonmark::openai::internal {
namespace {

using job::Failure;

constexpr std::string_view kReceipt = "x-noonmark-receipt";

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

std::string_view code_of(const Failure& failure) {
  return failure.kind == Failure::Kind::busy ? "queue_full" : std::string_view();
}

}  // namespace

std::int64_t seconds_of(core::Nanos time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time + std::chrono::milliseconds(999)).count();
}

void Asked::respond(http::Response response) {
  for (const http::Header& field : fields.fields()) response.headers.add(field.name, field.value);
  response.headers.add("x-request-id", id);
  desk->metrics.count(route, response.status, clock.steady() - begun);
  if (!replay.empty() && response.status / 100 == 2) {
    desk->replays.finish(replay, response);
  } else if (!replay.empty()) {
    desk->replays.forget(replay);
  }
  if (keep) return keep(std::move(response));
  responder->respond(std::move(response));
}

/// A stream is for a caller who waits; for another it is gathered like any answer.
void Relay::on_head(int status, std::string_view content_type) {
  response_.status = status;
  response_.headers.set("Content-Type", std::string(content_type));
  streams_ = asked_->responder && content_type.starts_with("text/event-stream");
  if (!streams_) return;
  http::Headers headers = asked_->fields;
  headers.set("Content-Type", std::string(content_type));
  headers.set("Cache-Control", "no-store");
  headers.set("x-request-id", asked_->id);
  asked_->responder->begin_stream(status, std::move(headers));
}

bool Relay::restart() {
  if (!streams_) response_ = {};
  return !streams_;
}

void Relay::on_piece(std::string_view bytes) {
  if (streams_) {
    asked_->responder->write(bytes);
  } else {
    response_.body += bytes;
  }
}

void Relay::on_receipt(std::string_view receipt) {
  if (!http::is_safe_field(kReceipt, receipt)) return;
  if (streams_) {
    asked_->responder->write(": " + std::string(kReceipt) + " " + std::string(receipt) + "\n\n");
  } else {
    response_.headers.set(kReceipt, std::string(receipt));
  }
}

void Relay::on_end(const Failure* failure) {
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

void Relay::succeed() {
  if (translate_) {
    auto translated = translate_(std::move(response_.body));
    if (!translated.ok()) return asked_->fail(502, "the worker's answer is broken: " + translated.error().message);
    response_.body = *std::move(translated);
  }
  asked_->respond(std::move(response_));
}

void Relay::end_stream(const Failure* failure) {
  if (failure != nullptr) {
    const std::string body = http::error_response(status_of(*failure), failure->message).body;
    asked_->responder->write("event: error\ndata: " + body + "\n\n");
  }
  asked_->desk->metrics.count(asked_->route, failure == nullptr ? response_.status : status_of(*failure),
                              asked_->clock.steady() - asked_->begun);
  // A stream isn't kept: it may be asked for again.
  if (!asked_->replay.empty()) asked_->desk->replays.forget(asked_->replay);
  asked_->responder->finish();
}

}  // namespace noonmark::openai::internal
