#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "serving/job/job.h"
#include "serving/link/uplink.h"

namespace noonmark::worker {

/// What answers jobs on this machine. Threads: answer() on as many at once as the offers have slots. Fails: a job's
/// failure goes to its answer.
class Backend {
 public:
  virtual ~Backend() = default;
  /// Fails: as the thing behind it; then it can't serve now.
  virtual core::Result<std::vector<job::Offer>> offers() = 0;
  /// Answers one job, to the end; stops soon when the answer is cancelled or the job's time is over.
  virtual void answer(const job::Job& job, link::Answer& answer) = 0;
};

/// Shared with the jobs that it has.
using BackendPtr = std::shared_ptr<Backend>;

}  // namespace noonmark::worker
