#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "contest/conduct/collaborators.h"
#include "edge/validator/equipment.h"
#include "model/image/image.h"
#include "model/pipelines/pipeline.h"
#include "storage/blobs/store.h"
#include "trial/fidelity/score.h"

namespace noonmark::validator {

/// Carries the trials of a contest out on this machine: packages run in sandboxed processes, pictures go to the blobs.
///
/// Owner:   the program; borrows everything that it is made with.
/// Threads: as conduct::Trial. Fails: as conduct::Trial.
class LocalTrial final : public conduct::Trial {
 public:
  /// How far the current call is, 0..1, and what it is doing.
  using OnProgress = std::function<void(double fraction, std::string_view note)>;

  LocalTrial(const Equipment& equipment, blobs::Store& store, const fidelity::Comparer& comparer, core::Clock& clock,
             const std::atomic<bool>& stop, OnProgress on_progress = {});

  record::Machine machine() override;
  entry::Sighting inspect(const std::filesystem::path& package, const rules::Contest& contest) override;
  core::Result<conduct::Reference> reference(const conduct::Round& round) override;
  core::Result<record::Measurement> measure(const conduct::Round& round, const conduct::Contestant& entry,
                                            std::uint64_t seed) override;
  core::Result<conduct::Judgement> judge(const conduct::Round& round, const conduct::Contestant& entry,
                                         const conduct::Reference& reference) override;

 private:
  using Pictures = std::map<int, image::Image>;  // by request

  core::Result<Pictures> make_pictures(const conduct::Round& round, const std::filesystem::path& package,
                                       std::span<const int> requests, std::uint64_t seed_offset);
  core::Result<void> calibrate(const conduct::Round& round, const Pictures& pictures, conduct::Reference& reference);
  void hold_to_timed_run(const Pictures& timed, std::span<const fidelity::Reference> originals,
                         std::span<const fidelity::Output> outputs, record::FidelityReport& report) const;
  core::Result<void> check_stop() const;
  void report(double fraction, std::string_view note) const;

  const Equipment& equipment_;
  blobs::Store& store_;
  const fidelity::Comparer& comparer_;
  core::Clock& clock_;
  const std::atomic<bool>& stop_;
  const OnProgress on_progress_;
  double progress_begin_ = 0, progress_share_ = 1;  // which part of the call make_pictures() is
  std::map<hash::Digest, Pictures> timed_;          // what entries made while they were timed, by content
};

/// The request that number `request` of a timed run stands for: the contest's inputs one after another; beyond the last
/// one they come again with other seeds, so that no answer can be kept from before.
pipelines::ImageRequest request_of(const conduct::Round& round, int request);

}  // namespace noonmark::validator
