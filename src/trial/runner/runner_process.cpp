#include "trial/runner/runner_process.h"

#include "base/core/check.h"
#include "net/server/listen.h"
#include "trial/runner/protocol.h"

namespace noonmark::runner {
namespace {

using Owner = record::Failure::Owner;

constexpr const char* kPackageInside = "/package";
constexpr int kListenDescriptor = 3;
constexpr std::chrono::milliseconds kEndPatience{1000};
constexpr std::size_t kMaxOutputInMessage = 1500;

bool comes_with_the_system(const std::filesystem::path& path) {
  return path.native().rfind("/usr/", 0) == 0 || path.native().rfind("/lib", 0) == 0;
}

sandbox::Program program_for(const sandbox::Wall& wall, const std::filesystem::path& package,
                             const RunnerSettings& settings, int listener) {
  sandbox::Program program;
  program.executable = settings.program;
  program.environment = settings.environment;
  program.descriptors = {listener};
  program.cpus = settings.cpus;
  program.limits = settings.limits;
  program.limits.wall = std::chrono::nanoseconds(0);
  program.read_only.push_back({package, kPackageInside});
  program.arguments = {"runner", "--package", wall.seen_at(program.read_only.back()), "--listen-fd",
                       std::to_string(kListenDescriptor)};
  if (!settings.onnxruntime.empty()) {
    std::string seen = settings.onnxruntime.string();
    if (!comes_with_the_system(settings.onnxruntime)) {
      program.read_only.push_back({settings.onnxruntime, "/runner/" + settings.onnxruntime.filename().string()});
      seen = wall.seen_at(program.read_only.back());
    }
    program.arguments.insert(program.arguments.end(), {"--onnxruntime", seen});
  }
  program.arguments.insert(program.arguments.end(), settings.extra_arguments.begin(), settings.extra_arguments.end());
  return program;
}

}  // namespace

RunnerProcess::RunnerProcess(const core::Clock& clock, RunnerSettings settings, core::TempDir directory)
    : clock_(clock), settings_(std::move(settings)), directory_(std::move(directory)) {}

RunnerProcess::~RunnerProcess() = default;

core::Result<std::unique_ptr<RunnerProcess>> RunnerProcess::open(const sandbox::Wall& wall, const core::Clock& clock,
                                                                 const std::filesystem::path& directory,
                                                                 const RunnerSettings& settings,
                                                                 record::Failure* failure) {
  core::TempDir socket_directory = TRY(core::TempDir::create("noonmark-runner"));
  std::unique_ptr<RunnerProcess> runner(new RunnerProcess(clock, settings, std::move(socket_directory)));
  core::Result<void> started = runner->start(wall, directory);
  if (started.ok()) started = runner->wait_until_healthy();
  if (started.ok()) return runner;
  if (failure != nullptr) {
    *failure = runner->failure_.value_or(record::failure_from(started.error(), Owner::validator));
  }
  return started.error();
}

core::Result<void> RunnerProcess::start(const sandbox::Wall& wall, const std::filesystem::path& package) {
  const std::chrono::nanoseconds begin = clock_.steady();
  const std::filesystem::path path = directory_.path() / "socket";
  // Ours is closed at the end of this function, so that a dead runner refuses connections instead of letting them wait.
  const core::UniqueFd listener = TRY(server::open_listener(server::Endpoint::unix_path(path)));
  core::Result<std::unique_ptr<sandbox::Process>> process =
      wall.start(program_for(wall, package, settings_, listener.get()));
  if (!process.ok())
    return fail(Owner::validator, failure_code::kNotStarted, process.error().kind, process.error().message);
  process_ = std::move(*process);
  client_ = std::make_unique<client::HttpClient>(client::Address::unix_path(path), clock_,
                                                 http::MessageLimits{16 * 1024, settings_.answer_bytes});
  load_.wall = begin;  // made a duration by wait_until_healthy
  return {};
}

core::Result<void> RunnerProcess::wait_until_healthy() {
  const std::chrono::nanoseconds begin = load_.wall;
  http::Request request;
  request.target = kHealthPath;
  const core::Result<http::Response> response = client_->send(request, settings_.load_limit);
  const std::chrono::nanoseconds end = clock_.steady();
  if (!response.ok()) return explain(response.error(), true);
  if (response->status != 200) {
    return fail(Owner::entry, failure_code::kLoadFailed, core::ErrorKind::invalid,
                "the package answered /health with status " + std::to_string(response->status));
  }
  load_.wall = end - begin;
  const core::Result<std::chrono::nanoseconds> cpu = process_->cpu_time();
  if (!cpu.ok()) return explain(cpu.error(), true);
  load_.cpu = *cpu;
  return {};
}

core::Result<Generated> RunnerProcess::generate(const pipelines::ImageRequest& request) {
  WireRequest wire;
  wire.image = request;
  http::Request message;
  message.method = "POST";
  message.target = kImagesPath;
  message.headers.add("Content-Type", "application/json");
  message.body = TRY(write_request(wire));

  const core::Result<std::chrono::nanoseconds> cpu_before = process_->cpu_time();
  if (!cpu_before.ok()) return explain(cpu_before.error(), false);
  const std::chrono::nanoseconds begin = clock_.steady();
  const core::Result<http::Response> response = client_->send(message, settings_.turn_limit);
  const std::chrono::nanoseconds end = clock_.steady();
  const core::Result<std::chrono::nanoseconds> cpu_after = process_->cpu_time();

  if (!response.ok()) return explain(response.error(), false);
  if (response->status != 200) {
    const std::string told = error_message(response->body);
    return fail(Owner::entry, failure_code::kGenerationFailed, core::ErrorKind::invalid,
                "the package could not make the picture (status " + std::to_string(response->status) + "): " + told);
  }
  if (!cpu_after.ok()) return explain(cpu_after.error(), false);
  const Expected expected{request.n, request.width.value_or(0), request.height.value_or(0)};
  core::Result<std::vector<image::Image>> images = parse_answer(response->body, expected);
  if (!images.ok()) return fail(Owner::entry, failure_code::kBadAnswer, images.error().kind, images.error().message);
  return Generated{std::move(*images), end - begin, *cpu_after - *cpu_before};
}

core::Result<http::Response> RunnerProcess::exchange(const http::Request& request, std::chrono::nanoseconds limit,
                                                     const client::HttpClient::Watch& watch) {
  core::Result<http::Response> response = client_->stream(request, limit, watch);
  if (response.ok() || response.error().kind == core::ErrorKind::cancelled) return response;
  return explain(response.error(), false);
}

sandbox::Readings RunnerProcess::end() {
  client_->close();
  return process_->stop().readings;
}

core::Error RunnerProcess::fail(Owner owner, const char* code, core::ErrorKind kind, std::string message) {
  failure_ = record::Failure{owner, code, message};
  return core::error(kind, std::move(message));
}

// What the connection shows is a symptom; the end of the process, when there is one, is the reason.
core::Error RunnerProcess::explain(const core::Error& seen, bool loading) {
  const bool late = seen.kind == core::ErrorKind::timeout;
  const std::optional<sandbox::End> end = process_->wait(late ? std::chrono::milliseconds(0) : kEndPatience);
  if (end) return explain_end(*end, loading);
  if (late && loading) {
    return fail(Owner::entry, failure_code::kLoadTimeout, core::ErrorKind::timeout,
                "the package was not ready within " +
                    std::to_string(std::chrono::duration_cast<std::chrono::seconds>(settings_.load_limit).count()) +
                    " s");
  }
  if (late) {
    return fail(Owner::entry, failure_code::kTurnTimeout, core::ErrorKind::timeout,
                "the package did not answer within " +
                    std::to_string(std::chrono::duration_cast<std::chrono::seconds>(settings_.turn_limit).count()) +
                    " s");
  }
  if (seen.kind == core::ErrorKind::internal)
    return fail(Owner::validator, failure_code::kInternal, seen.kind, seen.message);
  // It is alive and said something that is no answer, or hung up.
  return fail(Owner::entry, failure_code::kBadAnswer, core::ErrorKind::corrupt, seen.message);
}

core::Error RunnerProcess::explain_end(const sandbox::End& end, bool loading) {
  using sandbox::EndKind;
  const std::string tail = clean_text(end.output, kMaxOutputInMessage);
  const std::string message =
      (loading ? "the package's process ended while loading: " : "the package's process ended during a request: ") +
      end.describe() + (tail.empty() ? "" : "\nIts last words: " + tail);
  switch (end.kind) {
    case EndKind::memory_limit:
      return fail(Owner::entry, failure_code::kMemory, core::ErrorKind::exhausted, message);
    case EndKind::cpu_limit:
      return fail(Owner::entry, failure_code::kCpuTime, core::ErrorKind::timeout, message);
    case EndKind::process_limit:
      return fail(Owner::entry, failure_code::kProcesses, core::ErrorKind::exhausted, message);
    case EndKind::output_limit:
      return fail(Owner::entry, failure_code::kOutputFlood, core::ErrorKind::exhausted, message);
    case EndKind::forbidden_call:
      return fail(Owner::entry, failure_code::kForbiddenCall, core::ErrorKind::invalid, message);
    case EndKind::not_started:
      return fail(Owner::validator, failure_code::kNotStarted, core::ErrorKind::internal, message);
    case EndKind::stopped:
      return fail(Owner::validator, failure_code::kInternal, core::ErrorKind::internal, message);
    default:
      break;
  }
  return fail(Owner::entry, loading ? failure_code::kLoadFailed : failure_code::kCrashed, core::ErrorKind::invalid,
              message);
}

}  // namespace noonmark::runner
