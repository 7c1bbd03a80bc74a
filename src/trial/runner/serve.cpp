#include "trial/runner/serve.h"

#include <condition_variable>
#include <deque>
#include <mutex>

#include "base/codec/json.h"
#include "net/server/http_server.h"
#include "trial/runner/protocol.h"

namespace noonmark::runner {
namespace {

using codec::Json;

constexpr std::chrono::milliseconds kStopInterval{200};

struct Job {
  WireRequest request;
  server::Responder responder;
};

// Requests on their way from the listener's thread to the one that computes.
class Queue {
 public:
  explicit Queue(std::size_t limit) : limit_(limit) {}

  bool push(Job job) {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= limit_) return false;
    jobs_.push_back(std::move(job));
    filled_.notify_one();
    return true;
  }

  std::optional<Job> pop(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (!filled_.wait_for(lock, patience, [&] { return !jobs_.empty(); })) return std::nullopt;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }

 private:
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Job> jobs_;
};

int status_for(core::ErrorKind kind) {
  switch (kind) {
    case core::ErrorKind::usage:
    case core::ErrorKind::invalid:
      return 400;
    case core::ErrorKind::denied:
      return 403;
    case core::ErrorKind::not_found:
      return 404;
    case core::ErrorKind::conflict:
      return 409;
    case core::ErrorKind::exhausted:
      return 413;
    case core::ErrorKind::cancelled:
      return 499;
    case core::ErrorKind::unavailable:
      return 503;
    case core::ErrorKind::timeout:
      return 504;
    default:
      return 500;
  }
}

http::Response json_response(const Json& document) {
  http::Response response;
  response.headers.add("Content-Type", "application/json");
  response.body = codec::write_json(document);
  return response;
}

http::Response error_response(const core::Error& error) {
  return http::error_response(status_for(error.kind), error.message, core::to_string(error.kind));
}

class Service {
 public:
  Service(pipelines::Pipeline& pipeline, const ServeSettings& settings, const core::Clock& clock)
      : pipeline_(pipeline), settings_(settings), clock_(clock), queue_(settings.waiting), started_(unix_seconds()) {}

  void handle(http::Request request, server::Responder responder) {
    const std::string_view path = request.path();
    if (path == kHealthPath || path == kModelsPath) {
      if (request.method != "GET" && request.method != "HEAD") return responder.respond(wrong_method("GET"));
      responder.respond(path == kHealthPath ? json_response(Json::object({{"status", "ok"}})) : models());
    } else if (path == kImagesPath) {
      if (request.method != "POST") return responder.respond(wrong_method("POST"));
      core::Result<WireRequest> wire = parse_request(request.body);
      if (!wire.ok()) return responder.respond(error_response(wire.error()));
      if (!queue_.push({std::move(*wire), responder}))
        responder.respond(http::error_response(503, "too many requests wait already; try again later"));
    } else {
      responder.respond(http::error_response(
          404, "there is nothing here; see POST /v1/images/generations, GET /v1/models and GET /health"));
    }
  }

  void work_once() {
    if (std::optional<Job> job = queue_.pop(kStopInterval)) answer(job->request, job->responder);
  }

 private:
  std::int64_t unix_seconds() const {
    return std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
  }

  static http::Response wrong_method(const char* allowed) {
    http::Response response = http::error_response(405, std::string("this address takes ") + allowed + " only");
    response.headers.add("Allow", allowed);
    return response;
  }

  http::Response models() const {
    Json list = Json::array();
    list.push_back(
        Json::object({{"id", settings_.model}, {"object", "model"}, {"created", started_}, {"owned_by", "noonmark"}}));
    return json_response(Json::object({{"object", "list"}, {"data", std::move(list)}}));
  }

  void answer(const WireRequest& request, server::Responder& responder) {
    if (request.stream &&
        !responder.begin_stream(200, {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}}))
      return;
    const core::Result<std::string> body = make_answer(request, responder);
    if (!request.stream) {
      if (!body.ok()) return responder.respond(error_response(body.error()));
      http::Response response;
      response.headers.add("Content-Type", "application/json");
      response.body = *body;
      return responder.respond(std::move(response));
    }
    responder.write(body.ok() ? *body : "data: " + error_response(body.error()).body + "\n\n");
    responder.write(kLastEvent);
    responder.finish();
  }

  core::Result<std::string> make_answer(const WireRequest& request, server::Responder& responder) {
    const auto images = TRY(pipeline_.generate(request.image, [&](pipelines::Progress progress) {
      if (request.stream) return responder.write(progress_event(progress));
      return !responder.cancelled();
    }));
    if (request.stream) return completed_events(images, request.format, unix_seconds());
    return write_answer(images, request.format, unix_seconds());
  }

  pipelines::Pipeline& pipeline_;
  const ServeSettings& settings_;
  const core::Clock& clock_;
  Queue queue_;
  const std::int64_t started_;
};

}  // namespace

core::Result<void> serve(pipelines::Pipeline& pipeline, const server::Endpoint& endpoint, const ServeSettings& settings,
                         const core::Clock& clock, const std::atomic<bool>& stop) {
  Service service(pipeline, settings, clock);
  server::Limits limits;
  limits.message.body_bytes = kMaxRequestBytes;
  limits.connections = 64;
  limits.idle = std::chrono::hours(24);  // the other end decides how long it keeps us
  limits.stream_buffer = std::size_t{256} << 20;
  const auto listener = TRY(server::HttpServer::start(
      endpoint,
      [&](http::Request request, server::Responder responder) {
        service.handle(std::move(request), std::move(responder));
      },
      limits));
  while (!stop) service.work_once();
  listener->stop(std::chrono::seconds(2));
  return {};
}

}  // namespace noonmark::runner
