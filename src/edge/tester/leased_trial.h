#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "contest/conduct/collaborators.h"
#include "edge/tester/desk.h"
#include "edge/tester/workload.h"

namespace noonmark::tester {

/// Has the trials of a contest carried out by testers; this machine looks at packages only, and needs no device.
///
/// The first call of a round puts its baseline and all its entries into the queue, so that testers work on all of them
/// while the conductor waits for one after another.
/// Owner:   the program; borrows everything that it is made with.
/// Threads: as conduct::Trial. Fails: as conduct::Trial.
class LeasedTrial final : public conduct::Trial {
 public:
  /// How far the testers are, 0..1, and what is waited for.
  using OnProgress = std::function<void(double fraction, std::string_view note)>;

  /// `own`: this machine's trial, for its machine() and inspect(). `program`: what testers must run too.
  LeasedTrial(conduct::Trial& own, Desk& desk, const Place& place, const lease::Settings& settings, std::string program,
              core::Clock& clock, const std::atomic<bool>& stop, OnProgress on_progress = {});
  ~LeasedTrial() override;

  record::Machine machine() override { return own_.machine(); }
  entry::Sighting inspect(const std::filesystem::path& package, const rules::Contest& contest) override {
    return own_.inspect(package, contest);
  }
  core::Result<conduct::Reference> reference(const conduct::Round& round) override;
  core::Result<record::Measurement> measure(const conduct::Round& round, const conduct::Contestant& entry,
                                            std::uint64_t seed) override;
  core::Result<conduct::Judgement> judge(const conduct::Round& round, const conduct::Contestant& entry,
                                         const conduct::Reference& reference) override;
  std::optional<conduct::Tester> tester(const conduct::Contestant& entry) override;

 private:
  core::Result<void> open(const conduct::Round& round);
  core::Result<Findings> await(const std::string& item);

  conduct::Trial& own_;
  Desk& desk_;
  const Place place_;
  const lease::Settings settings_;
  const std::string program_;
  core::Clock& clock_;
  const std::atomic<bool>& stop_;
  const OnProgress on_progress_;
  std::unique_ptr<Workload> workload_;  ///< once a round has begun
};

}  // namespace noonmark::tester
