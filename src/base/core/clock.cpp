#include "base/core/clock.h"

#include <thread>

namespace noonmark::core {

UnixNanos SystemClock::now() const { return std::chrono::time_point_cast<Nanos>(std::chrono::system_clock::now()); }
Nanos SystemClock::steady() const {
  return std::chrono::duration_cast<Nanos>(std::chrono::steady_clock::now().time_since_epoch());
}
void SystemClock::sleep_for(Nanos duration) { std::this_thread::sleep_for(duration); }

}  // namespace noonmark::core
