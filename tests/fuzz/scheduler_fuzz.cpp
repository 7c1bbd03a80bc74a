// Scheduler configs as JSON after one byte that chooses the number of steps. Whatever is accepted must give a plan of
// that many finite steps.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/codec/json.h"
#include "base/core/check.h"
#include "model/pipelines/schedule.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  if (size == 0) return 0;
  const int steps = data[0];
  const auto json =
      codec::parse_json(std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1), {.max_bytes = 1 << 16});
  if (!json.ok()) return 0;
  const auto config = pipelines::parse_scheduler(*json);
  if (!config.ok()) return 0;
  const auto schedule = pipelines::plan_schedule(*config, steps);
  if (!schedule.ok()) return 0;
  CHECK(schedule->steps.size() == static_cast<std::size_t>(steps));
  CHECK(std::isfinite(schedule->initial_noise_scale) && schedule->initial_noise_scale > 0);
  for (const pipelines::ScheduleStep& step : schedule->steps) {
    CHECK(std::isfinite(step.timestep) && std::isfinite(step.from_sample) && std::isfinite(step.from_noise));
    CHECK(step.timestep >= 0 && step.timestep <= config->train_timesteps);
  }
  return 0;
}
