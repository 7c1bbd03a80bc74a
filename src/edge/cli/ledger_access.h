#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "edge/cli/application.h"
#include "ledger/book/ledger.h"
#include "ledger/client/rpc.h"

namespace noonmark::cli {

/// --ledger and --netuid, with the spellings of Bittensor's tools.
std::vector<Parameter> ledger_parameters();

/// The URL of a ledger's node: as given, or that of a network known by name: "finney", "test", "local".
std::string ledger_url(std::string_view text);

/// A ledger and the road to its node.
struct OpenLedger {
  std::unique_ptr<client::Rpc> rpc;
  std::unique_ptr<book::Ledger> ledger;  ///< borrows `rpc`
  book::BlockHash genesis;               ///< names the chain
};

/// Notes in `folder`, which is made when it is missing, to which chain the state in it belongs, or finds the note of an
/// earlier call. Fails: denied when it belongs to another chain: its entries, days and payouts mean nothing there.
core::Result<void> stay_with(const OpenLedger& ledger, const std::filesystem::path& folder);

/// The ledger that --ledger names: one node, or several with commas between, of which the first that answers is used.
/// `settings` say how patiently; their URLs are replaced. Fails: usage when it isn't given or is no URL, unavailable.
core::Result<OpenLedger> open_ledger(Context& context, client::HttpRpc::Settings settings = {});
/// The subnet that --netuid names. Fails: usage.
core::Result<book::NetUid> netuid_of(const Context& context);

/// The contest file that the text names: a path, or the id of one that comes with the program.
core::Result<std::filesystem::path> find_contest(const std::string& text);

}  // namespace noonmark::cli
