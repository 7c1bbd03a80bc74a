#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "trial/record/machine.h"
#include "trial/record/settings.h"

namespace noonmark::bench {

/// How the host is doing, seen from the referee.
///
/// Owner:   the caller of measure().
/// Threads: one.
/// Fails:   never; what the system does not tell stays at 0 or absent.
class HostGate {
 public:
  virtual ~HostGate() = default;

  /// The host's state over the time since the call before (or since construction). `own_cpu` is the CPU time that the
  /// trial's own processes used meanwhile, so that it is not taken for somebody else's. at_ns, launch and unfit stay
  /// empty.
  virtual record::HostSample sample(std::chrono::nanoseconds own_cpu) = 0;

  /// The machine's energy counter in microjoules, from an arbitrary origin; none where it cannot be read. It may wrap.
  virtual std::optional<std::int64_t> energy_uj() = 0;
};

/// Why `sample` breaks `limits`, in words; empty when it does not. Pure. Not finite numbers break no limit.
std::string unfit_reason(const record::HostSample& sample, const record::HostLimits& limits);

}  // namespace noonmark::bench
