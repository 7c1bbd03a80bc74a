#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"

namespace noonmark::record {

/// The machine that a trial ran on: what a reader needs in order to compare.
struct Machine {
  std::string cpu_model = {};
  int cores = 0;  ///< Logical processors that this system may use.
  std::int64_t memory_bytes = 0;
  std::string kernel = {};  ///< As `uname -sr` prints it.
  std::string os = {};      ///< PRETTY_NAME of /etc/os-release.
  std::map<std::string, std::string>
      versions;  ///< Runtime libraries, e.g. {"noonmark": "0.1.0", "onnxruntime": "1.18.0"}.
  std::vector<std::string> accelerators = {};  ///< Names of GPUs and the like that packages may use; usually empty.
  bool operator==(const Machine&) const = default;
};

/// The host's state over the time since the sample before.
struct HostSample {
  std::int64_t at_ns = 0;                    ///< Since the start of the measurement.
  int launch = 0;                            ///< Index of the launch that it was taken in.
  double other_load = 0;                     ///< Share of all cores' time used by processes outside the trial, 0..1.
  double steal = 0;                          ///< Share of all cores' time taken by the hypervisor, 0..1.
  std::optional<double> frequency = {};      ///< Current / highest, where the kernel tells.
  std::optional<double> temperature_c = {};  ///< Hottest sensor, where there is one.
  std::string other = {};                    ///< Anything else worth saying, e.g. another user of the accelerator.
  std::string unfit = {};  ///< Why the turns of this time were discarded; empty when the host was fit.
  bool operator==(const HostSample&) const = default;
};

codec::Json to_json(const Machine& machine);
core::Result<Machine> machine_from_json(const codec::Json& json);
codec::Json to_json(const HostSample& sample);
core::Result<HostSample> host_sample_from_json(const codec::Json& json);

}  // namespace noonmark::record
