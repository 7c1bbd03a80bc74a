#pragma once
#include <vector>

#include "edge/cli/application.h"

namespace noonmark::cli {

/// `compare`.
std::vector<Command> picture_commands();

/// `generate` and `runner`.
std::vector<Command> running_commands();

/// `config print`, `config check`.
std::vector<Command> config_commands();

/// `contest list | show | check`.
std::vector<Command> contest_file_commands();

/// `contest run | replay | verify` and `bench`.
std::vector<Command> contest_commands();

/// `up`.
std::vector<Command> up_commands();

/// `optimize`.
std::vector<Command> optimize_commands();

/// `ledger new-genesis | run | status`.
std::vector<Command> ledger_commands();

/// `package check | show | describe | pack | unpack | pull`.
std::vector<Command> package_commands();

}  // namespace noonmark::cli
