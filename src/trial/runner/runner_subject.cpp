#include "trial/runner/runner_subject.h"

#include "base/core/check.h"

namespace noonmark::runner {

RunnerSubject::RunnerSubject(const sandbox::Wall& wall, const core::Clock& clock, std::filesystem::path package,
                             RunnerSettings settings, RequestOf request_of, OnImages on_images)
    : wall_(wall),
      clock_(clock),
      package_(std::move(package)),
      settings_(std::move(settings)),
      request_of_(std::move(request_of)),
      on_images_(std::move(on_images)) {
  CHECK(request_of_ != nullptr);
}

core::Result<bench::LaunchFacts> RunnerSubject::launch() {
  CHECK(process_ == nullptr, "launched twice");
  failure_.reset();
  record::Failure failure;
  core::Result<std::unique_ptr<RunnerProcess>> opened =
      RunnerProcess::open(wall_, clock_, package_, settings_, &failure);
  if (!opened.ok()) {
    failure_ = std::move(failure);
    return opened.error();
  }
  process_ = std::move(*opened);
  return bench::LaunchFacts{process_->load().wall, process_->load().cpu};
}

core::Result<bench::TurnFacts> RunnerSubject::turn(int request) {
  CHECK(process_ != nullptr, "asked while not running");
  core::Result<Generated> generated = process_->generate(request_of_(request));
  if (!generated.ok()) {
    failure_ = process_->failure().value_or(record::failure_from(generated.error(), record::Failure::Owner::validator));
    return generated.error();
  }
  if (on_images_) on_images_(request, std::move(generated->images));
  return bench::TurnFacts{generated->wall, generated->cpu};
}

core::Result<bench::EndFacts> RunnerSubject::end() {
  CHECK(process_ != nullptr, "ended while not running");
  last_readings_ = process_->end();
  process_.reset();
  return bench::EndFacts{last_readings_.peak_resident_bytes};
}

}  // namespace noonmark::runner
