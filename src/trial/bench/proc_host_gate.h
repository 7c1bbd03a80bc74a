#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "trial/bench/host_gate.h"

namespace noonmark::bench {

/// The host as Linux describes it under /proc and /sys:
///   other_load, steal  /proc/stat, minus `own_cpu` and minus the CPU time of this process itself; in steps of 10 ms,
///   so
///                      that windows under 50 ms say little
///   frequency          mean over the processors of scaling_cur_freq / cpuinfo_max_freq
///   temperature_c      highest of /sys/class/thermal/thermal_zone*/temp
///   energy_uj          /sys/class/powercap/intel-rapl:0/energy_uj (readable by root only on most systems)
/// Threads: one. Fails: never; a file that is missing or odd leaves its part at 0 or absent.
class ProcHostGate final : public HostGate {
 public:
  /// `root` stands for "/", for tests.
  explicit ProcHostGate(std::filesystem::path root = "/");
  record::HostSample sample(std::chrono::nanoseconds own_cpu) override;
  std::optional<std::int64_t> energy_uj() override;

 private:
  struct Ticks {
    std::int64_t busy = 0;  // all cores, without steal
    std::int64_t steal = 0;
    std::int64_t total = 0;
  };
  Ticks read_ticks() const;
  std::optional<double> read_frequency() const;
  std::optional<double> read_temperature() const;

  std::filesystem::path root_;
  Ticks last_;
  std::chrono::nanoseconds last_self_{0};
  bool has_energy_ = false;  // found out once: the question comes twice a turn
};

}  // namespace noonmark::bench
