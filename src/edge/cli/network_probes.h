#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "edge/cli/doctor.h"
#include "edge/cli/ledger_access.h"

namespace noonmark::cli {

/// How the probes of the network reach it, so that tests can stand in for it.
struct NetworkAccess {
  std::function<core::Result<OpenLedger>(Context&)> open_ledger;
  /// Listens on 127.0.0.1:`port` for a moment. Fails: conflict when the port is taken, denied.
  std::function<core::Result<void>(std::uint16_t port)> try_port;
};

/// One quick try of the ledger that --ledger names, and this machine's own ports.
NetworkAccess real_network();

/// Ports; and with --ledger: the ledger and its network, the clock against its newest block, and with --netuid besides
/// the hot key's place on that subnet. The ledger is opened once, by the first probe that needs it, and kept as long as
/// the probes.
std::vector<Probe> network_probes(NetworkAccess access);

}  // namespace noonmark::cli
