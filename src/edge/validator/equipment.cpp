#include "edge/validator/equipment.h"

#include <algorithm>
#include <sched.h>

#include "edge/validator/machine.h"

namespace noonmark::validator {
namespace {

std::vector<int> usable_cores() {
  cpu_set_t set;
  std::vector<int> cores;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  }
  return cores;
}

}  // namespace

core::Result<Equipment> equip(WallPolicy policy, const std::filesystem::path& program) {
  sandbox::Options options;
  options.allow_no_wall = policy == WallPolicy::none;
  sandbox::Wall wall = TRY(sandbox::Wall::probe(options));
  if (policy == WallPolicy::require && !wall.warnings().empty()) {
    return core::unavailable("the wall around entries is weaker here than --sandbox require asks for: " +
                             wall.warnings().front());
  }
  std::unique_ptr<onnx::Runtime> runtime = TRY(onnx::Runtime::open());
  return Equipment{std::move(wall), std::move(runtime), program};
}

record::Machine machine_with(const Equipment& equipment) {
  return read_machine({{"noonmark", NOONMARK_VERSION}, {"onnxruntime", equipment.runtime->version()}});
}

runner::RunnerSettings runner_settings(const Equipment& equipment) {
  runner::RunnerSettings settings;
  settings.program = equipment.program;
  settings.onnxruntime = equipment.runtime->library();
  return settings;
}

runner::RunnerSettings runner_settings(const Equipment& equipment, const rules::Contest& contest) {
  runner::RunnerSettings settings = runner_settings(equipment);
  settings.load_limit = contest.limits.load;
  settings.turn_limit = contest.limits.request;
  settings.limits.memory_bytes = contest.device.memory_limit_mib << 20;
  settings.cpus = choose_cores(usable_cores(), contest.device.cores);
  return settings;
}

std::vector<int> choose_cores(const std::vector<int>& usable, int count) {
  const auto wanted = static_cast<std::size_t>(std::max(0, count));
  if (wanted >= usable.size()) return usable;
  return {usable.end() - static_cast<std::ptrdiff_t>(wanted), usable.end()};
}

}  // namespace noonmark::validator
