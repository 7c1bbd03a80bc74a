#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "model/onnx/runtime.h"
#include "model/package/package.h"
#include "net/server/http_server.h"

namespace noonmark::runner {

/// What a package can do, as requests of the runner's API. A new kind of task is one more of these.
///
/// Threads: read() on the listener's; the work that it gives on the one that computes, one at a time.
/// Fails: as read() says; a failure of the work goes to its caller.
class Skill {
 public:
  /// Does what a request asks for and answers it.
  using Work = std::function<void(server::Responder&)>;

  virtual ~Skill() = default;
  /// The addresses that it answers, by POST.
  virtual std::vector<std::string_view> paths() const = 0;
  /// Fails: invalid, naming the member of the request that is wrong.
  virtual core::Result<Work> read(std::string_view path, std::string_view body) = 0;
};

/// What the package's task asks for. `runtime` and `clock` must outlive it. Fails: invalid (no such task, a layout that
/// isn't understood), as the pipelines.
core::Result<std::unique_ptr<Skill>> open_skill(const package::Package& package, const onnx::Runtime& runtime,
                                                const core::Clock& clock);

/// The answer to a request that failed, in OpenAI's shape and with HTTP's status for it.
http::Response error_response(const core::Error& error);
/// An event of a stream that carries the same, and the last event of every stream.
std::string error_event(const core::Error& error);
inline constexpr std::string_view kLastEvent = "data: [DONE]\n\n";
/// 200 with this JSON.
http::Response json_answer(std::string json);
/// Begins a stream of events. False: the caller has gone.
bool begin_events(server::Responder& responder);

}  // namespace noonmark::runner
