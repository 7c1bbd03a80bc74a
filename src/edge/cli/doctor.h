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

/// `text` as one word of a shell's command line, for a remedy that people copy.
std::string shell_word(std::string_view text);

/// `doctor`: runs every probe and answers no when something is missing. Takes a ledger, a subnet and a hot key, for the
/// probes that look at them.
Command doctor_command(std::vector<Probe> probes);

/// The probes of this machine: processor, memory, disk, ONNX Runtime, the wall, time zones, the signing key, the
/// wallet's files.
std::vector<Probe> machine_probes();

}  // namespace noonmark::cli
