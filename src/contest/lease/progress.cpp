#include <algorithm>
#include <array>

#include "base/codec/json.h"
#include "contest/lease/queue.h"

namespace noonmark::lease {
namespace {

constexpr std::array<std::pair<std::string_view, ItemState>, 4> kStates = {{{"open", ItemState::open},
                                                                            {"leased", ItemState::leased},
                                                                            {"done", ItemState::done},
                                                                            {"failed", ItemState::failed}}};

core::Result<ItemState> parse_state(std::string_view word) {
  for (const auto& [name, state] : kStates) {
    if (name == word) return state;
  }
  return core::corrupt("the database holds an unknown state of an item: " + std::string(word));
}

core::UnixNanos instant(std::int64_t nanos) { return core::UnixNanos(core::Nanos(nanos)); }

core::Result<void> count_items(sql::Session& session, const std::string& run, Progress& progress) {
  for (const auto& [word, count] : TRY((session.query<std::string, std::int64_t>(
           "SELECT state, count(*) FROM lease_item WHERE run = :run GROUP BY state", {{"run", run}})))) {
    progress.total += count;
    const ItemState state = TRY(parse_state(word));
    (state == ItemState::open     ? progress.open
     : state == ItemState::leased ? progress.leased
     : state == ItemState::done   ? progress.done
                                  : progress.failed) = count;
  }
  return {};
}

core::Result<void> read_workers(sql::Session& session, const std::string& run, Progress& progress) {
  for (const auto& [name, seen, held] : TRY((session.query<std::string, std::int64_t, std::int64_t>(
           "SELECT w.worker, w.seen_at, (SELECT count(*) FROM lease_grant g JOIN lease_item i ON i.run = g.run "
           "AND i.holder = g.number WHERE g.run = w.run AND g.worker = w.worker AND i.state = 'leased') "
           "FROM lease_worker w WHERE w.run = :run ORDER BY w.worker",
           {{"run", run}})))) {
    progress.workers.push_back({name, instant(seen), held > 0});
  }
  return {};
}

core::Result<void> read_pace(sql::Session& session, const std::string& run, Progress& progress) {
  const auto pace =
      TRY(session.query<double>("SELECT coalesce(avg((ended_at - granted_at) / 1e9), 0.0) "
                                "FROM lease_grant WHERE run = :run AND state = 'done'",
                                {{"run", run}}));
  progress.seconds_per_item = std::get<0>(pace.front());
  return {};
}

}  // namespace

core::Result<Progress> Queue::progress(const std::string& run, core::UnixNanos now) {
  Progress progress;
  const auto work = [&](sql::Session& session) -> core::Result<void> {
    TRY(expire(session, run, now));
    TRY(count_items(session, run, progress));
    TRY(read_workers(session, run, progress));
    return read_pace(session, run, progress);
  };
  TRY(database_->transact(work));
  const core::UnixNanos since = now - kLately * settings_.term;
  const auto alive = std::count_if(progress.workers.begin(), progress.workers.end(),
                                   [&](const WorkerState& worker) { return worker.seen >= since; });
  const std::int64_t left = progress.open + progress.leased;
  if (left == 0) progress.seconds_left = 0;
  if (left > 0 && alive > 0 && progress.done > 0) {
    progress.seconds_left =
        progress.seconds_per_item * static_cast<double>(left) / static_cast<double>(std::min(alive, left));
  }
  return progress;
}

core::Result<Item> Queue::item(const std::string& run, const std::string& name, core::UnixNanos now) {
  Item item;
  item.name = name;
  const auto work = [&](sql::Session& session) -> core::Result<void> {
    TRY(expire(session, run, now));
    const auto rows = TRY(
        (session.query<std::string, std::optional<std::string>, std::optional<std::string>, std::optional<std::string>>(
            "SELECT i.state, i.result, i.failure, (SELECT g.worker FROM lease_grant g WHERE g.number = i.holder) "
            "FROM lease_item i WHERE i.run = :run AND i.name = :item",
            {{"run", run}, {"item", name}})));
    if (rows.empty()) return core::not_found("the run has no item " + name);
    const auto& [state, result, failure, worker] = rows.front();
    item.state = TRY(parse_state(state));
    item.worker = worker.value_or("");
    if (result) item.result = TRY(hash::Digest::parse(*result));
    if (failure) {
      const codec::Json json = TRY(codec::parse_json(*failure));
      item.failure = TRY(record::failure_from_json(json));
    }
    return {};
  };
  TRY(database_->transact(work));
  return item;
}

}  // namespace noonmark::lease
