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

/// `gateway`.
std::vector<Command> gateway_commands();

/// `catalog publish | withdraw | list`.
std::vector<Command> catalog_commands();

/// `receipt`.
std::vector<Command> receipt_commands();

/// `key create | list | revoke`.
std::vector<Command> key_commands();

/// `worker`.
std::vector<Command> worker_commands();

/// `ledger balance`, `transfer`, `register`, `stake`.
std::vector<Command> money_commands();

/// `backup`, `restore`.
std::vector<Command> backup_commands();

/// `simulate market`.
std::vector<Command> simulate_commands();

/// `contest demo`.
std::vector<Command> demo_commands();

/// `tester`.
std::vector<Command> tester_commands();

/// `optimize`.
std::vector<Command> optimize_commands();

/// `ledger new-genesis | run | status`.
std::vector<Command> ledger_commands();

/// `submit` and `status`.
std::vector<Command> miner_commands();

/// `charter show | verify | append`.
std::vector<Command> charter_commands();

/// `package endorse | serve`.
std::vector<Command> package_network_commands();

/// `package check | show | describe | pack | unpack | pull`.
std::vector<Command> package_commands();

/// `validator run`.
std::vector<Command> validator_commands();

/// `verify`.
std::vector<Command> verify_commands();

/// `version`.
std::vector<Command> version_commands();

/// `wallet new | list | show | import | sign | verify`.
std::vector<Command> wallet_commands();

}  // namespace noonmark::cli
