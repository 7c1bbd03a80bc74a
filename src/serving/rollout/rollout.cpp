#include "serving/rollout/rollout.h"

#include <algorithm>
#include <cmath>

namespace noonmark::rollout {

void Rollout::want(const std::vector<job::Wish>& wishes, core::Nanos now) {
  std::erase_if(lines_, [&](const auto& line) {
    return std::ranges::find(wishes, line.first, &job::Wish::model) == wishes.end();
  });
  for (const job::Wish& wish : wishes) {
    const auto [found, fresh] = lines_.try_emplace(wish.model);
    Line& line = found->second;
    if (fresh) line.stable = wish;
    const job::Wish& newest = line.candidate ? *line.candidate : line.stable;
    // Whoever goes back to what serves may try the other one again later.
    if (wish.package == line.stable.package && !line.candidate) line.rejected.clear();
    if (wish.package == newest.package || wish.package == line.rejected) continue;
    line.candidate.reset();
    line.canaries.clear();
    line.rejected.clear();
    if (wish.package == line.stable.package) continue;
    line.candidate = wish;
    line.since = now;
    line.serving.reset();
    line.good = line.bad = 0;
    choose_canaries(line);
  }
}

/// The same workers each time: the first by account.
void Rollout::choose_canaries(Line& line) const {
  const auto wanted =
      static_cast<std::size_t>(std::max(1.0, std::ceil(rules_.canaries * static_cast<double>(workers_.size()))));
  std::erase_if(line.canaries, [&](const auto& one) { return !workers_.contains(one); });
  for (const sign::AccountId& worker : workers_) {
    if (line.canaries.size() >= wanted) return;
    line.canaries.insert(worker);
  }
}

void Rollout::joined(const sign::AccountId& worker) {
  workers_.insert(worker);
  for (auto& [model, line] : lines_) {
    if (line.candidate) choose_canaries(line);
  }
}

void Rollout::left(const sign::AccountId& worker) {
  workers_.erase(worker);
  for (auto& [model, line] : lines_) {
    if (line.candidate) choose_canaries(line);
  }
}

void Rollout::offered(const std::string& model, const std::string& package, core::Nanos now) {
  const auto line = lines_.find(model);
  if (line == lines_.end() || !line->second.candidate || line->second.candidate->package != package) return;
  if (!line->second.serving) line->second.serving = now;
}

void Rollout::note(const std::string& model, const std::string& package, bool well) {
  const auto line = lines_.find(model);
  if (line == lines_.end() || !line->second.candidate || line->second.candidate->package != package) return;
  ++(well ? line->second.good : line->second.bad);
}

std::optional<Decision> Rollout::judge(const Line& line, core::Nanos now) const {
  const std::string counts = std::to_string(line.good) + " jobs done, " + std::to_string(line.bad) + " failed";
  const bool bad = line.bad >= rules_.too_many && line.bad > rules_.share * (line.good + line.bad);
  if (bad) return Decision{*line.candidate, false, counts};
  if (line.good >= rules_.enough) return Decision{*line.candidate, true, counts};
  if (line.serving && line.bad == 0 && now - *line.serving >= rules_.quiet) {
    return Decision{*line.candidate, true, "served without a failure; " + counts};
  }
  if (!line.serving && now - line.since >= rules_.patience && !workers_.empty()) {
    return Decision{*line.candidate, false, "no worker could serve it"};
  }
  return std::nullopt;
}

std::vector<Decision> Rollout::decide(core::Nanos now) {
  std::vector<Decision> decisions;
  for (auto& [model, line] : lines_) {
    if (!line.candidate) continue;
    const auto decision = judge(line, now);
    if (!decision) continue;
    if (decision->rolled_out) {
      line.stable = *line.candidate;
    } else {
      line.rejected = line.candidate->package;
    }
    line.candidate.reset();
    line.canaries.clear();
    decisions.push_back(*decision);
  }
  return decisions;
}

std::vector<job::Wish> Rollout::wishes_for(const sign::AccountId& worker) const {
  std::vector<job::Wish> wishes;
  for (const auto& [model, line] : lines_) {
    wishes.push_back(line.candidate && line.canaries.contains(worker) ? *line.candidate : line.stable);
  }
  return wishes;
}

}  // namespace noonmark::rollout
