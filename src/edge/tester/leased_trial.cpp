#include "edge/tester/leased_trial.h"

#include <algorithm>

namespace noonmark::tester {
namespace {

std::string words(const lease::Progress& progress) {
  std::string text = std::to_string(progress.done) + " of " + std::to_string(progress.total) + " items done by " +
                     std::to_string(progress.workers.size()) + " testers";
  if (progress.seconds_left) text += ", " + std::to_string(static_cast<int>(*progress.seconds_left)) + " s left";
  return text;
}

}  // namespace

LeasedTrial::LeasedTrial(conduct::Trial& own, Desk& desk, const Place& place, const lease::Settings& settings,
                         std::string program, core::Clock& clock, const std::atomic<bool>& stop, OnProgress on_progress)
    : own_(own),
      desk_(desk),
      place_(place),
      settings_(settings),
      program_(std::move(program)),
      clock_(clock),
      stop_(stop),
      on_progress_(std::move(on_progress)) {}

LeasedTrial::~LeasedTrial() { desk_.attach(nullptr); }

core::Result<void> LeasedTrial::open(const conduct::Round& round) {
  if (workload_) return {};
  workload_ = TRY(Workload::open(round, place_, settings_, program_));
  desk_.attach(workload_.get());
  return {};
}

core::Result<Findings> LeasedTrial::await(const std::string& item) {
  return workload_->await(item, clock_, stop_, [&](const lease::Progress& progress) {
    const auto ended = static_cast<double>(progress.done + progress.failed);
    if (on_progress_) on_progress_(ended / std::max(1.0, static_cast<double>(progress.total)), words(progress));
  });
}

core::Result<conduct::Reference> LeasedTrial::reference(const conduct::Round& round) {
  TRY(open(round));
  TRY(workload_->retry_baseline());
  Findings findings = TRY(await(std::string(kBaselineItem)));
  findings.reference->tester = std::move(findings.tester);
  return *std::move(findings.reference);
}

core::Result<record::Measurement> LeasedTrial::measure(const conduct::Round& round, const conduct::Contestant& entry,
                                                       std::uint64_t /*seed*/) {
  TRY(open(round));
  Findings findings = TRY(await(item_of(entry.facts.order)));
  if (findings.measurement) return *std::move(findings.measurement);
  return *findings.error;
}

core::Result<conduct::Judgement> LeasedTrial::judge(const conduct::Round& round, const conduct::Contestant& entry,
                                                    const conduct::Reference& /*reference*/) {
  TRY(open(round));
  Findings findings = TRY(await(item_of(entry.facts.order)));
  if (!findings.judgement) return findings.error.value_or(core::internal("the entry was measured, but not judged"));
  findings.judgement->reference = std::move(findings.reference);
  return *std::move(findings.judgement);
}

std::optional<conduct::Tester> LeasedTrial::tester(const conduct::Contestant& entry) {
  if (!workload_) return std::nullopt;
  const auto findings = workload_->found(item_of(entry.facts.order), clock_.now());
  if (!findings.ok() || !*findings) return std::nullopt;
  return (*findings)->tester;
}

}  // namespace noonmark::tester
