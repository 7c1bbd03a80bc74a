#include "contest/lease/queue.h"

#include <algorithm>

#include "base/codec/json.h"

namespace noonmark::lease {

/// A lease as it is stored, with the state of its item.
struct Queue::Grant {
  std::int64_t number = 0;
  std::string run, item, worker;
  std::int64_t deadline = 0;
  bool live = false;  ///< the item is leased by this grant
  std::string item_state;
  std::string result;  ///< of the item, when this lease gave it
};

namespace {

constexpr std::size_t kMaxName = 200;

const std::vector<sql::Migration> kMigrations = {
    {1,
     "items and leases",
     {"CREATE TABLE lease_item ("
      "run TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT NULL, state TEXT NOT NULL, "
      "holder INTEGER NOT NULL, result TEXT, failure TEXT, PRIMARY KEY (run, name))",
      "CREATE TABLE lease_grant ("
      "number INTEGER PRIMARY KEY, run TEXT NOT NULL, item TEXT NOT NULL, worker TEXT NOT NULL, "
      "state TEXT NOT NULL, granted_at INTEGER NOT NULL, deadline INTEGER NOT NULL, ended_at INTEGER, "
      "FOREIGN KEY (run, item) REFERENCES lease_item (run, name))",
      "CREATE INDEX lease_grant_of_item ON lease_grant (run, item)",
      "CREATE TABLE lease_worker ("
      "run TEXT NOT NULL, worker TEXT NOT NULL, seen_at INTEGER NOT NULL, PRIMARY KEY (run, worker))"}},
};

std::int64_t nanos(core::UnixNanos instant) { return instant.time_since_epoch().count(); }

core::Result<void> see(sql::Session& session, const std::string& run, const std::string& worker, core::UnixNanos now) {
  const auto changed =
      TRY(session.execute("UPDATE lease_worker SET seen_at = :now WHERE run = :run AND worker = :worker",
                          {{"run", run}, {"worker", worker}, {"now", nanos(now)}}));
  if (changed > 0) return {};
  TRY(session.execute("INSERT INTO lease_worker (run, worker, seen_at) VALUES (:run, :worker, :now)",
                      {{"run", run}, {"worker", worker}, {"now", nanos(now)}}));
  return {};
}

core::Result<void> set_item(sql::Session& session, const std::string& run, const std::string& item,
                            const std::string& state, std::int64_t holder) {
  TRY(session.execute("UPDATE lease_item SET state = :state, holder = :holder WHERE run = :run AND name = :item",
                      {{"run", run}, {"item", item}, {"state", state}, {"holder", holder}}));
  return {};
}

core::Error over(std::int64_t lease) {
  return core::conflict("lease " + std::to_string(lease) + " is over; drop the work and ask for other");
}

}  // namespace

core::Result<Queue> Queue::open(sql::Database& database, const Settings& settings) {
  if (settings.term.count() < 1 || settings.max_attempts < 1) {
    return core::invalid("a lease needs a term above zero and at least one attempt");
  }
  TRY(sql::migrate(database, "lease", kMigrations));
  return Queue(database, settings);
}

core::Result<void> Queue::add(const std::string& run, const std::vector<std::string>& items) {
  return database_->transact([&](sql::Session& session) -> core::Result<void> {
    for (const std::string& item : items) {
      if (item.empty() || item.size() > kMaxName) return core::invalid("an item's name has 1 to 200 bytes");
      TRY(
          session.execute("INSERT INTO lease_item (run, name, position, state, holder) "
                          "SELECT :run, :item, (SELECT count(*) FROM lease_item WHERE run = :run), 'open', 0 "
                          "WHERE NOT EXISTS (SELECT 1 FROM lease_item WHERE run = :run AND name = :item)",
                          {{"run", run}, {"item", item}}));
    }
    return {};
  });
}

core::Result<void> Queue::reopen(const std::string& run, const std::string& item) {
  return database_->transact([&](sql::Session& session) -> core::Result<void> {
    const auto changed =
        TRY(session.execute("UPDATE lease_item SET state = 'open', holder = 0, failure = NULL "
                            "WHERE run = :run AND name = :item AND state = 'failed'",
                            {{"run", run}, {"item", item}}));
    if (changed == 0) return {};
    TRY(session.execute("UPDATE lease_grant SET state = 'forgiven' WHERE run = :run AND item = :item",
                        {{"run", run}, {"item", item}}));
    return {};
  });
}

core::Result<Queue::Grant> Queue::find_grant(sql::Session& session, const std::string& worker,
                                             std::int64_t number) const {
  const auto rows =
      TRY((session.query<std::string, std::string, std::int64_t, std::int64_t, std::string, std::optional<std::string>>(
          "SELECT g.run, g.item, g.deadline, i.holder, i.state, i.result FROM lease_grant g "
          "JOIN lease_item i ON i.run = g.run AND i.name = g.item WHERE g.number = :number AND g.worker = :worker",
          {{"number", number}, {"worker", worker}})));
  if (rows.empty()) return core::not_found("there is no lease " + std::to_string(number) + " of " + worker);
  const auto& [run, item, deadline, holder, state, result] = rows.front();
  const bool holds = holder == number;
  return Grant{
      number, run, item, worker, deadline, holds && state == "leased", state, holds ? result.value_or("") : ""};
}

/// Whether an item that lost a lease has lost enough of them.
core::Result<bool> Queue::has_failed(sql::Session& session, const Grant& grant, core::UnixNanos now) const {
  const auto lost = TRY((session.query<std::int64_t, std::int64_t>(
      "SELECT count(*), count(DISTINCT worker) FROM lease_grant WHERE run = :run AND item = :item AND state = 'lost'",
      {{"run", grant.run}, {"item", grant.item}})));
  const auto alive =
      TRY(session.query<std::int64_t>("SELECT count(*) FROM lease_worker WHERE run = :run AND seen_at >= :since",
                                      {{"run", grant.run}, {"since", nanos(now - kLately * settings_.term)}}));
  const auto [leases, workers] = lost.front();
  return leases >= settings_.max_attempts &&
         workers >= std::min<std::int64_t>(settings_.max_attempts, std::get<0>(alive.front()));
}

core::Result<void> Queue::end_lost(sql::Session& session, const Grant& grant, const record::Failure& why,
                                   core::UnixNanos now) const {
  TRY(session.execute("UPDATE lease_grant SET state = 'lost', ended_at = :now WHERE number = :number",
                      {{"number", grant.number}, {"now", nanos(now)}}));
  const bool failed = TRY(has_failed(session, grant, now));
  if (!failed) return set_item(session, grant.run, grant.item, "open", grant.number);
  const record::Failure failure{record::Failure::Owner::validator, "no_tester",
                                "no tester could do it; the last one said: " + why.message};
  TRY(session.execute("UPDATE lease_item SET failure = :failure WHERE run = :run AND name = :item",
                      {{"run", grant.run}, {"item", grant.item}, {"failure", codec::write_json(to_json(failure))}}));
  return set_item(session, grant.run, grant.item, "failed", grant.number);
}

core::Result<void> Queue::expire(sql::Session& session, const std::string& run, core::UnixNanos now) const {
  const auto rows = TRY((session.query<std::int64_t, std::string>(
      "SELECT g.number, g.worker FROM lease_grant g JOIN lease_item i ON i.run = g.run AND i.holder = g.number "
      "WHERE g.run = :run AND i.state = 'leased' AND g.deadline <= :now ORDER BY g.number",
      {{"run", run}, {"now", nanos(now)}})));
  for (const auto& [number, worker] : rows) {
    const Grant grant = TRY(find_grant(session, worker, number));
    TRY(end_lost(session, grant, {record::Failure::Owner::validator, "expired", "it wasn't heard of any more"}, now));
  }
  return {};
}

/// The open item that suits the worker best: one that it hasn't lost, then the least tried, then the first.
core::Result<std::optional<std::string>> Queue::choose(sql::Session& session, const std::string& run,
                                                       const std::string& worker, core::UnixNanos now) const {
  const auto rows = TRY(session.query<std::string>(
      "SELECT i.name FROM lease_item i WHERE i.run = :run AND i.state = 'open' AND NOT EXISTS ("
      "SELECT 1 FROM lease_grant g WHERE g.run = i.run AND g.item = i.name AND g.worker = :worker "
      "AND g.state = 'lost' AND g.ended_at > :since) ORDER BY "
      "(SELECT count(*) FROM lease_grant g WHERE g.run = i.run AND g.item = i.name AND g.worker = :worker "
      "AND g.state = 'lost'), "
      "(SELECT count(*) FROM lease_grant g WHERE g.run = i.run AND g.item = i.name AND g.state = 'lost'), "
      "i.position LIMIT 1",
      {{"run", run}, {"worker", worker}, {"since", nanos(now - settings_.term)}}));
  if (rows.empty()) return std::optional<std::string>();
  return std::optional(std::get<0>(rows.front()));
}

core::Result<Lease> Queue::grant(sql::Session& session, const std::string& run, const std::string& item,
                                 const std::string& worker, core::UnixNanos now) const {
  Lease lease;
  lease.item = item;
  lease.deadline = now + settings_.term;
  const auto last = TRY((session.query<std::int64_t, std::int64_t>(
      "SELECT coalesce(max(number), 0), "
      "coalesce(sum(CASE WHEN run = :run AND item = :item AND state = 'lost' THEN 1 ELSE 0 END), 0) FROM lease_grant",
      {{"run", run}, {"item", item}})));
  lease.number = std::get<0>(last.front()) + 1;
  lease.attempt = static_cast<int>(std::get<1>(last.front())) + 1;
  TRY(
      session.execute("INSERT INTO lease_grant (number, run, item, worker, state, granted_at, deadline) "
                      "VALUES (:number, :run, :item, :worker, 'live', :now, :deadline)",
                      {{"number", lease.number},
                       {"run", run},
                       {"item", item},
                       {"worker", worker},
                       {"now", nanos(now)},
                       {"deadline", nanos(lease.deadline)}}));
  TRY(set_item(session, run, item, "leased", lease.number));
  return lease;
}

core::Result<std::optional<Lease>> Queue::lease(const std::string& run, const std::string& worker,
                                                core::UnixNanos now) {
  if (worker.empty() || worker.size() > kMaxName) return core::invalid("a worker's name has 1 to 200 bytes");
  std::optional<Lease> given;
  const auto work = [&](sql::Session& session) -> core::Result<void> {
    TRY(see(session, run, worker, now));
    TRY(expire(session, run, now));
    const auto held = TRY(session.query<std::int64_t>(
        "SELECT g.number FROM lease_grant g JOIN lease_item i ON i.run = g.run AND i.holder = g.number "
        "WHERE g.run = :run AND g.worker = :worker AND i.state = 'leased'",
        {{"run", run}, {"worker", worker}}));
    for (const auto& [number] : held) {
      const Grant lost = TRY(find_grant(session, worker, number));
      TRY(end_lost(session, lost, {record::Failure::Owner::validator, "restarted", "it was started anew"}, now));
    }
    const std::optional<std::string> item = TRY(choose(session, run, worker, now));
    if (item) given = TRY(grant(session, run, *item, worker, now));
    return {};
  };
  TRY(database_->transact(work));
  return given;
}

core::Result<core::UnixNanos> Queue::renew(const std::string& worker, std::int64_t lease, core::UnixNanos now) {
  const core::UnixNanos deadline = now + settings_.term;
  const auto work = [&](sql::Session& session) -> core::Result<void> {
    const Grant grant = TRY(find_grant(session, worker, lease));
    TRY(see(session, grant.run, worker, now));
    // One that has run out is as good as new while nobody has noticed.
    if (!grant.live) return over(lease);
    TRY(session.execute("UPDATE lease_grant SET deadline = :deadline WHERE number = :number",
                        {{"number", lease}, {"deadline", nanos(deadline)}}));
    return {};
  };
  TRY(database_->transact(work));
  return deadline;
}

core::Result<void> Queue::complete(const std::string& worker, std::int64_t lease, const hash::Digest& result,
                                   core::UnixNanos now) {
  return database_->transact([&](sql::Session& session) -> core::Result<void> {
    const Grant grant = TRY(find_grant(session, worker, lease));
    TRY(see(session, grant.run, worker, now));
    if (grant.item_state == "done" && grant.result == result.hex()) return {};
    if (!grant.live && grant.item_state != "open") return over(lease);
    TRY(session.execute("UPDATE lease_item SET result = :result WHERE run = :run AND name = :item",
                        {{"run", grant.run}, {"item", grant.item}, {"result", result.hex()}}));
    TRY(session.execute("UPDATE lease_grant SET state = 'done', ended_at = :now WHERE number = :number",
                        {{"number", lease}, {"now", nanos(now)}}));
    return set_item(session, grant.run, grant.item, "done", lease);
  });
}

core::Result<void> Queue::lose(const std::string& worker, std::int64_t lease, const record::Failure& why,
                               core::UnixNanos now) {
  CHECK(why.owner != record::Failure::Owner::entry, "an entry's own failure is a result");
  return database_->transact([&](sql::Session& session) -> core::Result<void> {
    const Grant grant = TRY(find_grant(session, worker, lease));
    TRY(see(session, grant.run, worker, now));
    if (!grant.live) return over(lease);
    return end_lost(session, grant, why, now);
  });
}

core::Result<Queue::Holding> Queue::holding(const std::string& worker, std::int64_t lease, core::UnixNanos now) {
  Holding holding;
  const auto work = [&](sql::Session& session) -> core::Result<void> {
    const Grant grant = TRY(find_grant(session, worker, lease));
    holding = {grant.item, grant.live && grant.deadline > nanos(now)};
    return {};
  };
  TRY(database_->transact(work));
  return holding;
}

}  // namespace noonmark::lease
