#include "serving/worker/package_backend.h"

#include <algorithm>

#include "model/package/package.h"
#include "serving/worker/pass_on.h"

namespace noonmark::worker {
namespace {

using job::Failure;

constexpr core::Nanos kFirstPause = std::chrono::seconds(1), kLongestPause = std::chrono::minutes(1);

}  // namespace

PackageBackend::PackageBackend(const sandbox::Wall& wall, const core::Clock& clock, std::filesystem::path package,
                               runner::RunnerSettings settings, job::Offer offer)
    : wall_(wall),
      clock_(clock),
      package_(std::move(package)),
      settings_(std::move(settings)),
      offer_(std::move(offer)) {}

core::Result<std::unique_ptr<PackageBackend>> PackageBackend::open(const sandbox::Wall& wall, const core::Clock& clock,
                                                                   const std::filesystem::path& package,
                                                                   const runner::RunnerSettings& settings, int slots,
                                                                   const std::string& name) {
  const std::filesystem::path folder = std::filesystem::absolute(package);
  const package::Package opened = TRY(package::Package::open(folder).context("package " + folder.string()));
  TRY(opened.check_graphs().context("package " + folder.string()));
  job::Offer offer{name.empty() ? opened.manifest().name : name, opened.manifest().task, slots,
                   package::content_digest(opened.manifest()).hex()};
  return std::unique_ptr<PackageBackend>(new PackageBackend(wall, clock, folder, settings, std::move(offer)));
}

core::Result<std::vector<job::Offer>> PackageBackend::offers() {
  give_back(TRY(take()));
  return std::vector<job::Offer>{offer_};
}

core::Result<std::unique_ptr<runner::RunnerProcess>> PackageBackend::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<runner::RunnerProcess> process = std::move(idle_.back());
      idle_.pop_back();
      return process;
    }
    if (clock_.steady() < not_before_)
      return core::unavailable("the package's process has died; it is begun again soon");
  }
  auto process = runner::RunnerProcess::open(wall_, clock_, package_, settings_);
  if (!process.ok()) note_failure();
  return process;
}

void PackageBackend::give_back(std::unique_ptr<runner::RunnerProcess> process) {
  const std::lock_guard lock(mutex_);
  failures_ = 0;
  idle_.push_back(std::move(process));
}

void PackageBackend::note_failure() {
  const std::lock_guard lock(mutex_);
  not_before_ = clock_.steady() + std::min(kLongestPause, kFirstPause * (1 << std::min(failures_++, 6)));
}

void PackageBackend::answer(const job::Job& job, link::Answer& answer) {
  if (!is_work(job.path)) {
    const Failure failure{Failure::Kind::refused, "this worker doesn't serve " + job.path};
    return answer.end(&failure);
  }
  auto process = take();
  if (!process.ok()) {
    const Failure failure{Failure::Kind::unable, process.error().message};
    return answer.end(&failure);
  }
  const bool whole = pass_on(
      job, clock_,
      [&](const http::Request& request, core::Nanos limit, const client::HttpClient::Watch& watch) {
        return (*process)->exchange(request, limit, watch);
      },
      answer);
  if (whole) return give_back(*std::move(process));
  note_failure();
}

}  // namespace noonmark::worker
