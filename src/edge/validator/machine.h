#pragma once
#include <map>
#include <string>
#include <string_view>

#include "trial/record/machine.h"

namespace noonmark::validator {

/// The machine that this process runs on. What the system doesn't tell stays empty or 0.
/// `versions` are the runtime libraries that matter ("onnxruntime" → "1.30.0"). Threads: any. Fails: never.
record::Machine read_machine(std::map<std::string, std::string> versions);

/// The processor's name in the text of /proc/cpuinfo; pure.
std::string cpu_model_in(std::string_view cpuinfo);

/// PRETTY_NAME in the text of /etc/os-release; pure.
std::string os_name_in(std::string_view os_release);

}  // namespace noonmark::validator
