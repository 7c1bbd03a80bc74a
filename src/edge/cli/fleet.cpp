#include "edge/cli/fleet.h"

#include <algorithm>

#include "base/core/files.h"

namespace noonmark::cli {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20;

std::vector<job::Wish> wishes_of(const catalog::Catalog& catalog) {
  std::vector<job::Wish> wishes;
  for (const catalog::Release& one : catalog.releases) {
    wishes.push_back({one.model, one.task, one.package.hex(), one.bytes});
  }
  return wishes;
}

}  // namespace

std::filesystem::path catalog_file(const std::filesystem::path& folder) { return folder / "catalog.json"; }
std::filesystem::path catalog_packages(const std::filesystem::path& folder) { return folder / "packages"; }

void Fleet::on_offers(const std::shared_ptr<link::Port>& port) {
  const std::lock_guard lock(mutex_);
  Known& known = workers_[port->worker()];
  if (known.port != port) {
    known = {port, {}};
    rollout_.joined(port->worker());
  }
  for (const job::Offer& offer : port->offers()) rollout_.offered(offer.model, offer.package, clock_.steady());
}

void Fleet::on_gone(const std::shared_ptr<link::Port>& port) {
  const std::lock_guard lock(mutex_);
  const auto known = workers_.find(port->worker());
  if (known == workers_.end() || known->second.port != port) return;
  workers_.erase(known);
  rollout_.left(port->worker());
}

void Fleet::on_outcome(const router::Outcome& outcome) {
  const std::lock_guard lock(mutex_);
  rollout_.note(outcome.model, outcome.package, outcome.well);
}

void Fleet::look_at_catalog() {
  const auto text = core::read_text(catalog_file(*folder_), kMostBytes);
  if (!text.ok() && text.error().kind == core::ErrorKind::not_found) return;
  if (text.ok() && *text == seen_) return;
  const auto read = text.ok() ? catalog::parse(*text) : core::Result<catalog::Catalog>(text.error());
  const std::string problem = read.ok() ? "" : read.error().message;
  if (!problem.empty() && problem != problem_) log_.warning("the catalog stays as it was", {{"why", problem}});
  problem_ = problem;
  if (!read.ok()) return;
  seen_ = *text;
  catalog_ = *read;
  for (const catalog::Release& one : catalog_.releases) {
    if (proven_.find(one.model) == nullptr) proven_.put(one);  // a model's first goes to all at once
  }
  rollout_.want(wishes_of(catalog_), clock_.steady());
}

/// What was rolled back goes out of the catalog's file too: a gateway that begins anew would take it for a model's
/// first.
void Fleet::note(const rollout::Decision& decision) {
  log_.info(decision.rolled_out ? "rolled out" : "rolled back",
            {{"model", decision.wish.model}, {"package", decision.wish.package}, {"why", decision.why}});
  const catalog::Release* const named = catalog_.find(decision.wish.model);
  if (named == nullptr || named->package.hex() != decision.wish.package) return;
  if (decision.rolled_out) return proven_.put(*named);
  const catalog::Release* const before = proven_.find(decision.wish.model);
  if (before == nullptr) return;
  catalog_.put(*before);
  const auto saved = catalog::save(catalog_file(*folder_), catalog_);
  if (!saved.ok()) log_.warning("the catalog still names what was rolled back", {{"why", saved.error().message}});
}

/// Without the lock: a port may be slow to take it.
void Fleet::tell_workers() {
  std::vector<std::pair<std::shared_ptr<link::Port>, std::vector<job::Wish>>> news;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [account, known] : workers_) {
      std::vector<job::Wish> wishes = rollout_.wishes_for(account);
      if (known.told == wishes) continue;
      known.told = wishes;
      news.emplace_back(known.port, std::move(wishes));
    }
  }
  for (const auto& [port, wishes] : news) port->wish(wishes);
}

void Fleet::tick() {
  if (!folder_) return;
  {
    const std::lock_guard lock(mutex_);
    look_at_catalog();
    for (const rollout::Decision& one : rollout_.decide(clock_.steady())) note(one);
  }
  tell_workers();
}

catalog::Catalog Fleet::catalog() const {
  const std::lock_guard lock(mutex_);
  return catalog_;
}

std::optional<double> Fleet::fidelity(const std::string& package) const {
  const std::lock_guard lock(mutex_);
  for (const catalog::Release& one : catalog_.releases) {
    if (one.package.hex() == package) return one.fidelity;
  }
  return std::nullopt;
}

}  // namespace noonmark::cli
