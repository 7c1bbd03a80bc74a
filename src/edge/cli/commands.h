#pragma once
#include <vector>

#include "edge/cli/application.h"

namespace noonmark::cli {

/// `compare`.
std::vector<Command> picture_commands();

/// `config print`, `config check`.
std::vector<Command> config_commands();

/// `contest list | show | check`.
std::vector<Command> contest_commands();

/// `package check | show | pack | describe`.
std::vector<Command> package_commands();

}  // namespace noonmark::cli
