#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/core/clock.h"
#include "edge/jobs/jobs.h"
#include "edge/openai/metrics.h"
#include "edge/openai/replays.h"
#include "net/http/message.h"
#include "net/server/http_server.h"
#include "serving/job/job.h"

namespace noonmark::openai::internal {

/// What all requests share: jobs in flight by name, with the way back to their callers; what is counted and kept.
struct Desk {
  explicit Desk(const core::Clock& clock) : replays(clock), jobs(clock) {}

  std::mutex mutex;
  std::map<job::JobId, server::Responder> waiting;
  Metrics metrics;
  Replays replays;
  jobs::Jobs jobs;
};

/// One request and the way back: to its caller, or to wherever an answer is kept that is fetched later.
struct Asked {
  using Keep = std::function<void(http::Response)>;

  // The desk is shared with the API, which may go first.
  Asked(server::Responder to, std::shared_ptr<Desk> at, const core::Clock& time, std::string called)
      : responder(std::move(to)), desk(std::move(at)), clock(time), id(std::move(called)), begun(time.steady()) {}
  // For work whose caller doesn't wait. The desk is shared as above.
  Asked(Keep with, std::shared_ptr<Desk> at, const core::Clock& time, std::string called)
      : keep(std::move(with)), desk(std::move(at)), clock(time), id(std::move(called)), begun(time.steady()) {}

  void respond(http::Response response);
  void fail(int status, std::string_view message, std::string_view code = {}) {
    respond(http::error_response(status, message, code));
  }

  std::optional<server::Responder> responder;
  const Keep keep;
  const std::shared_ptr<Desk> desk;  // as above
  const core::Clock& clock;
  const std::string id;
  const core::Nanos begun;
  std::string route = "other";
  std::string caller = "local";
  std::string replay;    // under which its answer is kept; empty: it isn't
  http::Headers fields;  // of every answer to it
};

}  // namespace noonmark::openai::internal
