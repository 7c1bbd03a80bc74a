#include "trial/bench/measure.h"

#include "trial/bench/internal/trial.h"

namespace noonmark::bench {

core::Result<record::Measurement> measure(Subject& baseline, Subject& entry, const record::Settings& settings,
                                          HostGate& gate, core::Clock& clock, std::uint64_t seed,
                                          const OnProgress& on_progress) {
  TRY(record::validate(settings));
  return internal::Trial({baseline, entry, gate, clock}, settings, seed, on_progress).run();
}

}  // namespace noonmark::bench
