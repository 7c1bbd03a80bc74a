#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "contest/rules/contest_day.h"
#include "edge/cli/application.h"
#include "edge/cli/ledger_access.h"
#include "edge/evidence/verify_day.h"
#include "edge/network/members.h"
#include "edge/network/supervisor.h"
#include "edge/validator/hold.h"

namespace noonmark::cli {

/// The processes of a network on this machine, and what `up` does with them.
/// Owner: the command. Threads: one.
class UpNetwork {
 public:
  /// `packages`: the miners' entries, in the order of the network's miners.
  UpNetwork(Context& context, network::Network network, const std::filesystem::path& contest_file,
            validator::HoldRequest request, std::vector<std::filesystem::path> packages);

  /// Starts the node and everybody's stores, and waits until the ledger answers.
  core::Result<void> start();
  /// Whether every validator has finished that day.
  bool is_held(const rules::ContestDay& day) const;
  /// Holds a contest whose cut-off is in a moment, or goes on with the one that an earlier start began on that day:
  /// miners enter, validators try, until all of them have finished.
  core::Result<void> hold_today(const rules::ContestDay& day);
  /// Starts the validators that follow the calendar.
  core::Result<void> follow_calendar();
  /// Recomputes the day as any outsider can, again until nothing is open any more (the weights come an epoch later).
  core::Result<evidence::DayReport> settle(const rules::ContestDay& day);
  /// The subnet after the next epoch: what the weights that stand now give to everybody.
  core::Result<book::Metagraph> next_pay();
  /// Puts the miner's package, as its miner serves it, into the catalog of the gateway, from which the workers fetch
  /// it; starts them all the first time, and waits until something is served. Fails: as source::fetch_package; timeout;
  /// cancelled.
  core::Result<void> serve(const sign::AccountId& miner, const hash::Digest& package, const std::string& verdict,
                           double fidelity);
  /// A picture that the gateway gave, as any caller gets it; written into the network's folder. Returns its place.
  core::Result<std::filesystem::path> ask_for_picture(std::string_view prompt);
  /// Lets everybody work for a moment. Fails: cancelled, when this process was asked to stop.
  core::Result<void> tick();
  void stop();

  const network::Network& network() const { return network_; }
  /// Where the first validator keeps the day: record and report.
  std::filesystem::path day_folder(const rules::ContestDay& day) const;

 private:
  core::Result<void> begin(const network::Member& member, const std::string& process, std::vector<std::string> words,
                           bool keep);
  /// `command` with what every command on the network's ledger needs.
  std::vector<std::string> on_ledger(std::vector<std::string> command, const network::Member& member,
                                     const std::filesystem::path& contest) const;
  core::Result<void> begin_gateway();
  core::Result<void> begin_worker(const network::Member& worker);
  core::Result<void> publish(const sign::AccountId& miner, const hash::Digest& package, const std::string& verdict,
                             double fidelity);
  std::filesystem::path catalog_folder() const;
  core::Result<void> begin_validator(const network::Member& member, const std::filesystem::path& contest, bool keep);
  core::Result<void> begin_entry(std::size_t miner, const std::filesystem::path& contest);
  core::Result<void> await(const std::vector<std::string>& processes, const std::filesystem::path& contest);
  core::Result<bool> went_by(const rules::ContestDay& day, const std::filesystem::path& contest_file) const;
  core::Result<std::filesystem::path> todays_contest(const rules::ContestDay& day) const;
  void tell(std::string_view process, std::string_view line);

  Context& context_;
  const network::Network network_;
  const std::filesystem::path contest_file_;
  const validator::HoldRequest request_;
  const std::vector<std::filesystem::path> packages_;
  std::string program_;  // this program's own file
  network::Supervisor supervisor_;
  bool serves_ = false;  // gateway and workers have been started
  OpenLedger ledger_;
};

}  // namespace noonmark::cli
