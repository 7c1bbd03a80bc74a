#pragma once

#include <atomic>
#include <string>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "net/server/listen.h"
#include "trial/runner/skill.h"

namespace noonmark::runner {

struct ServeSettings {
  std::string model = "model";  ///< the name that /v1/models tells
  std::size_t waiting = 16;     ///< requests that may wait while one is being answered; more get 503
};

/// The child's end of the runner protocol: answers requests one at a time on the calling thread until `stop`, while a
/// thread of the listener's own reads and writes. A request whose caller hangs up is cancelled between two steps.
/// Fails: as server::open_listener.
core::Result<void> serve(Skill& skill, const server::Endpoint& endpoint, const ServeSettings& settings,
                         const core::Clock& clock, const std::atomic<bool>& stop);

}  // namespace noonmark::runner
