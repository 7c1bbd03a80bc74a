#pragma once
#include "base/core/random.h"
#include "contest/verdict/decide.h"
#include "simulation/world/actors.h"

namespace noonmark::world {

/// How unsteady a validator's machine is.
struct Noise {
  double launch = 0.01;    ///< spread of the logarithm of one launch's ratio; 0.01 was measured on pinned processes
  double machine = 0.003;  ///< of a factor that one machine has for one package; the contest names the device
  int launches = 8;
};

/// What one validator's trial of `work` finds, as verdict::decide takes it: ratios of `launches` launches, and their
/// bootstrap interval. A work with a failure gets that failure, which the real referee's tests prove for the real
/// cheat (docs/simulation.md names them).
verdict::Evidence try_out(const Work& work, const record::EntryFacts& facts, const Noise& noise, core::Philox& random);

}  // namespace noonmark::world
