#pragma once
#include <functional>
#include <string>
#include <vector>

#include "edge/cli/application.h"

namespace noonmark::cli {

/// What `doctor` found out about one thing that the program needs.
struct Finding {
  enum class State {
    ok,
    weak,     ///< works, with less certainty or speed
    missing,  ///< something doesn't work without it
  };
  std::string name;
  State state = State::ok;
  std::string detail;  ///< what is there, or what is wrong
  std::string mend;    ///< the command, or the action, that mends it; empty when all is well
};

using Probe = std::function<Finding(Context&)>;

/// `doctor`: runs every probe and answers no when something is missing.
Command doctor_command(std::vector<Probe> probes);

/// The probes of this machine: processor, memory, disk, ONNX Runtime, the wall, time zones, the signing key, the zoo.
std::vector<Probe> machine_probes();

}  // namespace noonmark::cli
