#pragma once

#include <functional>
#include <memory>

#include "base/core/files.h"
#include "contest/conduct/conduct.h"
#include "contest/rules/calendar.h"
#include "contest/submission/pointer.h"
#include "edge/evidence/bundle.h"
#include "edge/evidence/internal/testing/day_ledger.h"
#include "edge/evidence/internal/testing/fake_trial.h"
#include "edge/evidence/shelf.h"
#include "edge/evidence/sources.h"
#include "storage/blobs/memory_store.h"
#include "storage/sql/sql.h"

namespace noonmark::evidence {

inline rules::Contest small_contest() {
  return rules::parse_contest(R"(format = 1
id = "small"
title = "A contest among fakes"
task = "text-to-image"
[baseline]
package = "baseline"
[device]
name = "no device"
cores = 1
threads = 1
primary_clock = "cpu"
memory_limit_mib = 512
[metrics]
generation_time = 1
[fidelity]
mean_floor = 0.8
[verdict]
policy = "noonmark-1"
[payout]
shares = [0.7, 0.3]
[measurement]
looks = [3, 4]
resamples = 200
[inputs]
count = 3
width = 64
height = 64
prompts = ["a", "b", "c", "d", "e"]
)")
      .value();
}

inline sign::Sr25519Pair pair_of(std::uint8_t number) {
  return sign::Sr25519Pair(sign::Seed::from_bytes(std::array<std::uint8_t, 32>{number, 1}));
}

/// How one validator departs from the truth.
struct Lie {
  std::optional<core::Bytes> beacon = {};
  std::function<std::string(const std::string& record, const sign::SecretKey& key)> record = {};
  std::function<void(Bundle&)> bundle = {};
  std::function<void(submission::Evidence&)> evidence = {};
  std::function<void(std::vector<book::Weight>&)> row = {};
  bool serves = true;
  bool sets_row = true;
};

/// A validator that holds the day and publishes it.
struct Validator {
  explicit Validator(std::uint8_t which)
      : key(pair_of(which)), url("http://v" + std::to_string(which) + ".example"), number(which) {}
  sign::Sr25519Pair key;
  std::string url;
  std::uint8_t number;
  Lie lie = {};
  core::TempDir folder = core::TempDir::create("evidence").value();
  blobs::MemoryStore store;
  Shelf shelf{store, folder.path()};
  std::string sealed = {};
};

/// A subnet of three miners and three validators on one contest day, from the first block until `after` blocks behind
/// the evidence.
struct DayWorld {
  DayWorld() : ledger(cut_off - std::chrono::hours(2)) {
    for (const auto& validator : validators) ledger.add(validator->key.account(), 100u * validator->number, true);
    for (const sign::Sr25519Pair& miner : miners) ledger.add(miner.account(), 0, false);
    double cost = 0.1;
    for (const sign::Sr25519Pair& miner : miners) {
      ledger.make_block(ledger.blocks.back().time + std::chrono::minutes(1));
      const std::string name = miner.account().ss58();
      ledger.commit(miner.account(),
                    submission::encode(submission::Open{submission::tag_of("small"),
                                                        hash::sha256(name),
                                                        {},
                                                        submission::pointer_bytes("https://store.example").value()})
                        .value());
      costs[name] = cost;
      cost += 0.03;
    }
    ledger.make_block(cut_off + std::chrono::seconds(5));
    ledger.make_block(cut_off + contest.submission.reveal + std::chrono::seconds(7));
    ledger.make_blocks(3);
  }

  void hold_all(int after = 130) {
    for (const auto& validator : validators) hold(*validator);
    ledger.make_blocks(after);
  }

  void hold(Validator& validator) {
    const submission::Snapshot at_cut_off = snapshot(cut_off),
                               at_reveal = snapshot(cut_off + contest.submission.reveal);
    Findings findings;
    findings.day = day;
    findings.cut_off = at_cut_off;
    findings.reveal = at_reveal;
    const core::Bytes beacon(at_reveal.block.hash.bytes.begin(), at_reveal.block.hash.bytes.end());
    const sign::SecretKey record_key(sign::Seed::from_bytes(std::array<std::uint8_t, 32>{validator.number}));
    std::string text = conduct(validator, validator.lie.beacon.value_or(beacon), record_key);
    findings.record = text;
    const book::Metagraph subnet = ledger.metagraph(1, ledger.head().value()).value();
    Bundle bundle = compose(contest, subnet, validator.key.account(), findings).value();
    if (validator.lie.record) {
      text = validator.lie.record(text, record_key);
      bundle.record = hash::sha256(text);
      bundle.blobs[0] = {*bundle.record, text.size(), "record"};
    }
    if (validator.lie.bundle) validator.lie.bundle(bundle);
    validator.store.put(core::as_bytes(text)).value();
    validator.sealed = seal(bundle, validator.key);
    submission::Evidence evidence{
        submission::tag_of("small"), static_cast<std::uint32_t>(day.date.time_since_epoch().count()),
        validator.shelf.publish(validator.sealed).value(), bundle.winner.value_or(hash::Digest{}), validator.url};
    if (validator.lie.evidence) validator.lie.evidence(evidence);
    ledger.make_blocks(1);
    ledger.commit(validator.key.account(), submission::encode(evidence).value());
    std::vector<book::Weight> row = bundle.plan.weights;
    if (validator.lie.row) validator.lie.row(row);
    ledger.make_blocks(1);
    if (validator.lie.sets_row) ledger.set_row(validator.key.account(), row);
  }

  std::string conduct(Validator& validator, const core::Bytes& beacon, const sign::SecretKey& record_key) {
    sql::Database database = sql::Database::open_sqlite(validator.folder.path() / "contest.sqlite").value();
    conduct::Journal journal = conduct::Journal::open(database).value();
    FakeTrial trial(costs, validator.number);
    conduct::FixedBeacon source(beacon);
    core::FakeClock clock(cut_off + std::chrono::hours(1));
    conduct::Conductor conductor({journal, trial, source, clock, record_key, "noonmark test"});
    conduct::Request request{contest, "/packages/baseline", {}, cut_off, std::nullopt};
    for (const sign::Sr25519Pair& miner : miners) request.entries.push_back("/packages/" + miner.account().ss58());
    return conductor.proceed(conductor.begin(request).value()).value();
  }

  submission::Snapshot snapshot(core::UnixNanos instant) {
    return submission::take_snapshot(ledger, 1, submission::first_block_at(ledger, instant).value().value()).value();
  }

  /// Asks the validators' shelves.
  Fetch fetch() {
    return [this](const std::string& url, std::uint64_t) -> core::Result<core::Bytes> {
      ++fetched;
      for (const auto& validator : validators) {
        if (!validator->lie.serves || !url.starts_with(validator->url)) continue;
        http::Request request;
        request.target = url.substr(validator->url.size());
        const http::Response response = validator->shelf.answer(request);
        if (response.status != 200) return core::not_found("HTTP " + std::to_string(response.status));
        return core::Bytes(response.body.begin(), response.body.end());
      }
      return core::unavailable("nobody answers");
    };
  }

  rules::Contest contest = small_contest();
  rules::ContestDay day{"small", std::chrono::sys_days(std::chrono::year(2026) / 11 / 26)};
  core::UnixNanos cut_off = rules::cut_off_of(contest.calendar, day.date).value();
  std::vector<sign::Sr25519Pair> miners = make_miners();
  std::vector<std::unique_ptr<Validator>> validators = make_validators();
  std::map<std::string, double> costs;
  int fetched = 0;
  DayLedger ledger;

 private:
  static std::vector<sign::Sr25519Pair> make_miners() {
    std::vector<sign::Sr25519Pair> list;
    for (std::uint8_t i = 11; i < 14; ++i) list.push_back(pair_of(i));
    return list;
  }
  static std::vector<std::unique_ptr<Validator>> make_validators() {
    std::vector<std::unique_ptr<Validator>> list;
    for (std::uint8_t i = 1; i < 4; ++i) list.push_back(std::make_unique<Validator>(i));
    return list;
  }
};

}  // namespace noonmark::evidence
