#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/telemetry/log.h"
#include "model/catalog/catalog.h"
#include "serving/link/gate.h"
#include "serving/rollout/rollout.h"
#include "serving/router/router.h"

namespace noonmark::cli {

/// Where a catalog's packages lie beside it.
std::filesystem::path catalog_file(const std::filesystem::path& folder);
std::filesystem::path catalog_packages(const std::filesystem::path& folder);

/// A gateway's workers and what they are to serve: joins the catalog's file, the rollout and the links.
/// Owner: the gateway. Threads: any.
class Fleet {
 public:
  /// `folder`: of the catalog; nothing: workers serve what they like. `clock` and `log` must outlive it.
  Fleet(std::optional<std::filesystem::path> folder, const core::Clock& clock, const telemetry::Log& log)
      : folder_(std::move(folder)), clock_(clock), log_(log) {}

  /// As link::GateHandlers has them; a port is shared with the link.
  void on_offers(const std::shared_ptr<link::Port>& port);
  /// The port is shared as above.
  void on_gone(const std::shared_ptr<link::Port>& port);
  /// As router::Settings has it.
  void on_outcome(const router::Outcome& outcome);

  /// Reads the catalog again if it has changed, decides, and tells workers what is new for them. To be called about
  /// once a second; the first call reads it for the first time.
  void tick();
  catalog::Catalog catalog() const;
  /// As the verdict measured it; nothing for a package that the catalog doesn't name.
  std::optional<double> fidelity(const std::string& package) const;

 private:
  void look_at_catalog();
  void note(const rollout::Decision& decision);
  void tell_workers();

  const std::optional<std::filesystem::path> folder_;
  const core::Clock& clock_;
  const telemetry::Log& log_;
  mutable std::mutex mutex_;
  rollout::Rollout rollout_;
  catalog::Catalog catalog_;
  catalog::Catalog proven_;     // releases that have gone to all workers
  std::string seen_, problem_;  // the file's content that was read last, and what was wrong with it
  struct Known {
    std::shared_ptr<link::Port> port;  // with the link
    std::optional<std::vector<job::Wish>> told;
  };
  std::map<sign::AccountId, Known> workers_;
};

}  // namespace noonmark::cli
