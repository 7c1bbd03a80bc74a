#include "trial/runner/serve.h"

#include <algorithm>
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
  Skill::Work work;
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

class Service {
 public:
  Service(Skill& skill, const ServeSettings& settings, const core::Clock& clock)
      : skill_(skill),
        settings_(settings),
        queue_(settings.waiting),
        started_(std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count()) {}

  void handle(const http::Request& request, server::Responder responder) {
    const std::string_view path = request.path();
    if (path == kHealthPath || path == kModelsPath) {
      if (request.method != "GET" && request.method != "HEAD") return responder.respond(wrong_method("GET"));
      return responder.respond(path == kHealthPath ? json_answer(R"({"status":"ok"})") : models());
    }
    const std::vector<std::string_view> known = skill_.paths();
    if (std::ranges::find(known, path) == known.end()) return responder.respond(nothing_here(known));
    if (request.method != "POST") return responder.respond(wrong_method("POST"));
    core::Result<Skill::Work> work = skill_.read(path, request.body);
    if (!work.ok()) return responder.respond(error_response(work.error()));
    if (!queue_.push({std::move(*work), responder}))
      responder.respond(http::error_response(503, "too many requests wait already; try again later"));
  }

  void work_once() {
    if (std::optional<Job> job = queue_.pop(kStopInterval)) job->work(job->responder);
  }

 private:
  static http::Response wrong_method(const char* allowed) {
    http::Response response = http::error_response(405, std::string("this address takes ") + allowed + " only");
    response.headers.add("Allow", allowed);
    return response;
  }

  static http::Response nothing_here(const std::vector<std::string_view>& known) {
    std::string message = "there is nothing here; see GET /v1/models, GET /health";
    for (const std::string_view path : known) message += ", POST " + std::string(path);
    return http::error_response(404, message);
  }

  http::Response models() const {
    Json list = Json::array();
    list.push_back(
        Json::object({{"id", settings_.model}, {"object", "model"}, {"created", started_}, {"owned_by", "noonmark"}}));
    return json_answer(codec::write_json(Json::object({{"object", "list"}, {"data", std::move(list)}})));
  }

  Skill& skill_;
  const ServeSettings& settings_;
  Queue queue_;
  const std::int64_t started_;
};

}  // namespace

core::Result<void> serve(Skill& skill, const server::Endpoint& endpoint, const ServeSettings& settings,
                         const core::Clock& clock, const std::atomic<bool>& stop) {
  Service service(skill, settings, clock);
  server::Limits limits;
  limits.message.body_bytes = kMaxPictureRequestBytes;
  limits.connections = 64;
  limits.idle = std::chrono::hours(24);  // the other end decides how long it keeps us
  limits.stream_buffer = std::size_t{256} << 20;
  const auto listener = TRY(server::HttpServer::start(
      endpoint,
      [&](const http::Request& request, server::Responder responder) { service.handle(request, std::move(responder)); },
      limits));
  while (!stop) service.work_once();
  listener->stop(std::chrono::seconds(2));
  return {};
}

}  // namespace noonmark::runner
