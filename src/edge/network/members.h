#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "crypto/sign/account.h"
#include "ledger/runtime/genesis.h"

namespace noonmark::network {

using sign::AccountId;

/// One process and its place: a folder of its own with its own hot key, as if it had a machine of its own.
struct Member {
  std::string name;            ///< "validator-1"; also the name of its folder
  std::filesystem::path home;  ///< the process's --home
  std::uint16_t port = 0;      ///< where it listens, on 127.0.0.1
  AccountId hotkey;            ///< in wallets(), named "default", of a wallet of that name; zeros for the node
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port); }
  std::filesystem::path wallets() const { return home / "wallets"; }
};

/// Who takes part.
struct LineUp {
  std::vector<book::Rao> stakes;    ///< of the validators: validator-1, validator-2, …
  std::vector<std::string> miners;  ///< names, which aren't those of the others
  std::size_t workers = 0;          ///< that serve: worker-1, worker-2, …, and then a gateway
  std::uint64_t block_time_ms = 6000;
  std::uint16_t tempo = 6;  ///< an epoch has one block more
};

/// A whole network on this machine: one subnet (netuid 1) of a chain of its own, everybody's keys, and the ports that
/// stand on the ledger once they are announced, so that they stay the same from start to start.
/// Owner: the program. A plain value.
struct Network {
  std::filesystem::path folder;
  Member node;
  std::vector<Member> validators, miners;
  Member gateway;                 ///< to which the workers connect
  std::vector<Member> workers;    ///< their keys are on no ledger; they listen nowhere
  std::filesystem::path genesis;  ///< the file that the chain begins with

  /// Reads the network in `folder`, or makes it: cold keys (of the owner, who also rules the chain, and of everybody
  /// else) lie apart from hot keys, in `folder`/owner. A process that is killed half-way makes it whole next time; a
  /// network that was made without gateway and workers gets them.
  /// Fails: conflict (another line-up lives there), corrupt, as core::write_file_atomic.
  static core::Result<Network> open(const std::filesystem::path& folder, const LineUp& line_up);

  /// The name of the member with this hot key; its SS58 text where there is none.
  std::string name_of(const AccountId& hotkey) const;
};

}  // namespace noonmark::network
