#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/core/clock.h"

namespace noonmark::router {

/// What is known of a worker when a job is to be given away.
struct Candidate {
  double service_seconds = 1;  ///< smoothed time that a job takes there
  int busy = 0;                ///< of its slots
  int slots = 1;
  bool ejected = false;  ///< failed lately
  bool tried = false;    ///< has had this very job
};

/// The better of two candidates drawn at random ("power of two choices", Mitzenmacher 2001), by the time after which
/// the job would be done: service_seconds × (busy + 1) / slots. Only those with a free slot that haven't had the job
/// are drawn, and ejected ones only when no other serves at all. Nothing when there is none. Pure. `first`, `second`:
/// any numbers; equal draws, equal choice.
std::optional<std::size_t> choose(std::span<const Candidate> candidates, std::uint64_t first, std::uint64_t second);

/// How long a worker gets nothing after its `failures`th failure in a row: `first`, twice as long each time, at most
/// 32 times as long.
core::Nanos ejection(core::Nanos first, int failures);

}  // namespace noonmark::router
