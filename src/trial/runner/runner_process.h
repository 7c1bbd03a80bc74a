#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/core/clock.h"
#include "base/core/files.h"
#include "base/core/result.h"
#include "model/image/image.h"
#include "model/pipelines/pipeline.h"
#include "net/client/http_client.h"
#include "trial/record/failure.h"
#include "trial/sandbox/sandbox.h"

namespace noonmark::runner {

/// How a package is run.
struct RunnerSettings {
  std::filesystem::path
      program;  ///< the noonmark program; called as `PROGRAM runner --package DIR --listen-fd 3 --onnxruntime FILE`
  std::filesystem::path onnxruntime;         ///< the shared library; empty: the program knows
  std::vector<std::string> extra_arguments;  ///< appended
  std::map<std::string, std::string> environment;
  sandbox::Limits limits;  ///< its wall limit is not used; the ones below are
  std::vector<int> cpus;   ///< pinned to these; empty: any
  std::chrono::nanoseconds load_limit = std::chrono::seconds(60);
  std::chrono::nanoseconds turn_limit = std::chrono::seconds(60);
  std::uint64_t answer_bytes = std::uint64_t{64} << 20;
};

/// Codes of record::Failure that a runner leads to. The first group is the entry's, the second the validator's.
namespace failure_code {
inline constexpr const char* kLoadTimeout = "load_timeout";
inline constexpr const char* kTurnTimeout = "turn_timeout";
inline constexpr const char* kMemory = "memory";
inline constexpr const char* kCpuTime = "cpu_time";
inline constexpr const char* kProcesses = "processes";
inline constexpr const char* kOutputFlood = "output_flood";
inline constexpr const char* kForbiddenCall = "forbidden_call";
inline constexpr const char* kLoadFailed = "load_failed";
inline constexpr const char* kCrashed = "crashed";
inline constexpr const char* kBadAnswer = "bad_answer";
inline constexpr const char* kGenerationFailed = "generation_failed";

inline constexpr const char* kNotStarted = "not_started";
inline constexpr const char* kInternal = "internal";
}  // namespace failure_code

struct LoadFacts {
  std::chrono::nanoseconds wall{0};  ///< from before the wall was built until /health answered
  std::chrono::nanoseconds cpu{0};   ///< of the whole tree until then
};

struct Generated {
  std::vector<image::Image> images;  ///< RGB
  std::chrono::nanoseconds wall{0};  ///< from before the request was sent until the answer had arrived whole
  std::chrono::nanoseconds cpu{0};   ///< of the whole tree meanwhile
};

/// A package running behind the wall, seen from outside: every clock and counter is read here, and whatever comes from
/// inside is bounded and checked. Owner: the caller; destruction kills it. Threads: one at a time.
class RunnerProcess {
 public:
  /// Starts the package in `directory` and waits until it answers. `wall` and `clock` must outlive it.
  /// Fails: with the failure that failure_of() gives: timeout, exhausted, invalid, corrupt (the package's doing),
  /// unavailable, internal (ours).
  static core::Result<std::unique_ptr<RunnerProcess>> open(const sandbox::Wall& wall, const core::Clock& clock,
                                                           const std::filesystem::path& directory,
                                                           const RunnerSettings& settings,
                                                           record::Failure* failure = nullptr);
  ~RunnerProcess();

  const LoadFacts& load() const { return load_; }
  /// One request. Fails: as open(), and invalid for a request that cannot be written. After a failure the process must
  /// be ended.
  core::Result<Generated> generate(const pipelines::ImageRequest& request);
  /// Passes a request of the runner's API on as it is, and its answer as it comes, for at most `limit`; an answer with
  /// another status than 2xx is returned whole. `watch` ends the request between two steps of the model, and the
  /// process stays of use then. Fails: as generate(); cancelled.
  core::Result<http::Response> exchange(const http::Request& request, std::chrono::nanoseconds limit,
                                        const client::HttpClient::Watch& watch);
  /// The reason in the words of the record, after generate() or exchange() failed.
  const std::optional<record::Failure>& failure() const { return failure_; }
  /// Kills it and returns the last readings.
  sandbox::Readings end();

 private:
  RunnerProcess(const core::Clock& clock, RunnerSettings settings, core::TempDir directory);
  core::Result<void> start(const sandbox::Wall& wall, const std::filesystem::path& package);
  core::Result<void> wait_until_healthy();
  core::Error explain(const core::Error& seen, bool loading);
  core::Error fail(record::Failure::Owner owner, const char* code, core::ErrorKind kind, std::string message);
  core::Error explain_end(const sandbox::End& end, bool loading);

  const core::Clock& clock_;
  RunnerSettings settings_;
  core::TempDir directory_;  // of the socket
  std::unique_ptr<sandbox::Process> process_;
  std::unique_ptr<client::HttpClient> client_;
  LoadFacts load_;
  std::optional<record::Failure> failure_;
};

}  // namespace noonmark::runner
