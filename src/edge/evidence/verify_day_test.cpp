#include "edge/evidence/verify_day.h"

#include <gtest/gtest.h>

#include "edge/evidence/internal/testing/day_world.h"
#include "net/server/http_server.h"
#include "trial/record/sealed.h"

namespace noonmark::evidence {
namespace {

using codec::Json;

/// The member at `path`, such as "records/4/body/metrics".
Json& at(Json& json, std::string_view path) {
  if (path.empty()) return json;
  const std::size_t slash = path.find('/');
  const std::string step(path.substr(0, slash));
  const std::string_view rest = slash == std::string_view::npos ? "" : path.substr(slash + 1);
  return at(json.is_array() ? json.as_array().at(std::stoul(step)) : json.as_object().at(step), rest);
}

/// The record with the body of `kind` changed, chained and signed anew by the same key.
std::string forge(const std::string& text, const sign::SecretKey& key, std::string_view kind,
                  const std::function<void(Json&)>& change) {
  Json json = codec::parse_json(text).value();
  std::vector<record::SealedRecord> records;
  std::vector<hash::Digest> names;
  for (const Json& item : at(json, "records").as_array()) {
    record::SealedRecord record = record::sealed_record_from_json(item).value();
    if (record.kind == kind) change(record.body);
    if (!names.empty()) record.previous = names.back();
    if (record.kind == "sealed") {
      Json list = Json::array();
      for (const hash::Digest& name : names) list.push_back(name.hex());
      record.body["records"] = list;
    }
    record.signature = key.sign(core::as_bytes(record::bytes_to_sign(record))).hex();
    names.push_back(record::name_of(record));
    records.push_back(std::move(record));
  }
  return conduct::final_text(records);
}

class VerifyDay : public testing::Test {
 protected:
  DayReport verify(const VerifySettings& settings = {}) {
    return verify_day(world_.ledger, 1, world_.day, world_.fetch(), settings).value();
  }
  Lie& liar() { return world_.validators[1]->lie; }

  /// Exactly the second validator differs, at `what`; the detail holds `word`.
  void expect_caught(const std::string& what, const std::string& word, const VerifySettings& settings = {}) {
    const DayReport report = verify(settings);
    EXPECT_FALSE(report.ok());
    ASSERT_EQ(report.validators.size(), 3u);
    for (const ValidatorReport& one : report.validators) {
      const bool lies = one.hotkey == world_.validators[1]->key.account();
      ASSERT_EQ(one.sound(), !lies) << (one.mismatch() ? one.mismatch()->what + ": " + one.mismatch()->detail : "");
      if (!lies) continue;
      EXPECT_EQ(one.mismatch()->what, what) << one.mismatch()->detail;
      EXPECT_NE(one.mismatch()->detail.find(word), std::string::npos) << one.mismatch()->detail;
    }
    EXPECT_NE(to_text(report).find("DIFFERS  " + what + ": "), std::string::npos);
  }

  DayWorld world_;
};

TEST_F(VerifyDay, AnHonestDayVerifiesAndSaysHowFarMeasurementsLieApart) {
  world_.hold_all();
  const DayReport report = verify();
  EXPECT_TRUE(report.ok()) << to_text(report);
  ASSERT_EQ(report.validators.size(), 3u);
  EXPECT_EQ(report.validators[0].stake, 300u);
  for (const ValidatorReport& one : report.validators) {
    EXPECT_EQ(one.checks.size(), 12u);
    for (const Check& check : one.checks) EXPECT_EQ(check.answer, Check::Answer::same) << check.what << check.detail;
  }
  EXPECT_EQ(report.winner, hash::sha256(world_.miners[0].account().ss58()));
  EXPECT_EQ(report.agreement, 1);
  ASSERT_EQ(report.entries.size(), 3u);
  for (const EntryComparison& entry : report.entries) {
    ASSERT_EQ(entry.views.size(), 3u);
    EXPECT_GT(entry.spread, 0);
    EXPECT_LT(entry.spread, 0.1);
    EXPECT_NE(entry.views[0].time->ratio, entry.views[1].time->ratio);
  }
  EXPECT_EQ(report.entries[0].views[0].rank, 1);
  EXPECT_NEAR(report.entries[0].views[0].time->ratio, 0.5, 0.05);
  const std::string text = to_text(report);
  EXPECT_NE(text.find("small/2026-11-26 verifies"), std::string::npos);
  EXPECT_NE(text.find("intervals overlap"), std::string::npos);
  EXPECT_TRUE(to_json(report).find("ok")->as_bool());
}

TEST_F(VerifyDay, AChangedRankIsNamed) {
  liar().record = [](const std::string& text, const sign::SecretKey& key) {
    return forge(text, key, "verdict",
                 [](Json& body) { std::swap(at(body, "entries/0/rank"), at(body, "entries/1/rank")); });
  };
  world_.hold_all();
  expect_caught("record", "rank");
}

TEST_F(VerifyDay, AChangedScoreIsNamed) {
  liar().record = [](const std::string& text, const sign::SecretKey& key) {
    return forge(text, key, "measured", [](Json& body) { at(body, "metrics/generation_time/ratio") = 0.01; });
  };
  world_.hold_all();
  expect_caught("record", "generation_time");
}

TEST_F(VerifyDay, AFlippedByteInASampleIsNamed) {
  liar().record = [](const std::string& text, const sign::SecretKey&) {
    std::string changed = text;
    const std::size_t sample = changed.find("\"cpu_ns\":");
    changed[sample + 10] = changed[sample + 10] == '1' ? '2' : '1';
    return changed;
  };
  world_.hold_all();
  expect_caught("record", "$.records[");
}

TEST_F(VerifyDay, ASnapshotThatIsNotTheLedgersIsNamed) {
  liar().bundle = [](Bundle& bundle) { bundle.cut_off.members[0].stake += 1; };
  world_.hold_all();
  expect_caught("cut-off snapshot", "stake");
}

TEST_F(VerifyDay, ALaterRevealBlockIsNamed) {
  DayLedger& ledger = world_.ledger;
  liar().bundle = [&](Bundle& bundle) { bundle.reveal.block = ledger.block(bundle.reveal.block.number + 1).value(); };
  world_.hold_all();
  expect_caught("reveal snapshot", "block");
}

TEST_F(VerifyDay, ALeftOutEntrantIsNamed) {
  liar().bundle = [](Bundle& bundle) { bundle.collection.entrants.pop_back(); };
  world_.hold_all();
  expect_caught("collection", "entrants");
}

TEST_F(VerifyDay, AFalseCopyIsNamed) {
  liar().bundle = [](Bundle& bundle) {
    bundle.left_out.push_back(
        {bundle.collection.entrants[0].hotkey, {record::Failure::Owner::entry, "copy", "a copy"}});
  };
  world_.hold_all();
  expect_caught("entries", "left out as a copy");
}

TEST_F(VerifyDay, InputsFromAnotherBeaconAreNamed) {
  liar().beacon = core::Bytes{1, 2, 3};
  world_.hold_all();
  expect_caught("inputs", "drawn from 010203");
}

TEST_F(VerifyDay, ChangedInputsAreNamed) {
  liar().record = [](const std::string& text, const sign::SecretKey& key) {
    return forge(text, key, "drawn", [](Json& body) { at(body, "inputs/0/seed") = 7; });
  };
  world_.hold_all();
  expect_caught("record", "inputs[0].seed");
}

TEST_F(VerifyDay, AnotherWinnerOnTheLedgerIsNamed) {
  liar().evidence = [](submission::Evidence& evidence) { evidence.winner = hash::sha256("my cousin"); };
  world_.hold_all();
  expect_caught("winner", hash::sha256("my cousin").hex());
}

TEST_F(VerifyDay, PlannedWeightsThatDoNotFollowAreNamed) {
  liar().bundle = [](Bundle& bundle) { bundle.plan.weights[1].value += 1; };
  world_.hold_all();
  expect_caught("plan", "$[1]");
}

TEST_F(VerifyDay, AResultThatDoesNotFollowIsNamed) {
  liar().bundle = [](Bundle& bundle) { bundle.plan.results[0].earnings[0].units -= 1; };
  world_.hold_all();
  expect_caught("plan", "units");
}

TEST_F(VerifyDay, OtherWeightsOnTheLedgerAreNamed) {
  liar().row = [](std::vector<book::Weight>& row) { row = {{5, 65535}}; };
  world_.hold_all();
  expect_caught("weights", "5:65535");
}

TEST_F(VerifyDay, WeightsThatNeverCameAreNamedWhenTheirTimeIsOver) {
  liar().sets_row = false;
  world_.hold_all(10);
  const DayReport early = verify();
  EXPECT_TRUE(early.ok());
  EXPECT_NE(to_text(early).find("open     weights: "), std::string::npos);
  world_.ledger.make_blocks(130);
  expect_caught("weights", "no row");
}

TEST_F(VerifyDay, AnotherContestOrOtherExclusionsAreNamed) {
  liar().bundle = [](Bundle& bundle) { bundle.lists.exclusions.push_back({bundle.validator, {}, "because"}); };
  world_.hold_all();
  VerifySettings settings;
  settings.contest = rules::digest_of(world_.contest);
  settings.lists.emplace();
  expect_caught("lists", "owner", settings);
  settings.contest = hash::sha256("another");
  EXPECT_EQ(verify(settings).validators[0].mismatch()->what, "contest");
}

TEST_F(VerifyDay, ABundleThatIsNotSignedByItsKeyIsNamed) {
  world_.hold_all();
  Validator& validator = *world_.validators[1];
  std::string stolen = world_.validators[0]->sealed;
  const hash::Digest name = validator.store.put(core::as_bytes(stolen)).value();
  world_.ledger.commit(
      validator.key.account(),
      submission::encode(submission::Evidence{submission::tag_of("small"),
                                              static_cast<std::uint32_t>(world_.day.date.time_since_epoch().count()),
                                              name,
                                              {},
                                              validator.url})
          .value());
  expect_caught("bundle", "it is the bundle of " + world_.validators[0]->key.account().ss58());
}

TEST_F(VerifyDay, WhatNobodyServesIsNamedAndAMirrorHelps) {
  world_.hold_all();
  blobs::MemoryStore mirror;
  VerifySettings settings;
  settings.mirror = &mirror;
  EXPECT_TRUE(verify(settings).ok());
  EXPECT_EQ(mirror.list().value().size(), 6u);
  liar().serves = false;
  expect_caught("bundle", "nobody gives");
  const int before = world_.fetched;
  EXPECT_TRUE(verify(settings).ok());
  EXPECT_EQ(world_.fetched, before);
}

TEST_F(VerifyDay, ADayBehindNewerEvidenceIsFound) {
  world_.hold_all();
  for (int later = 1; later < 4; ++later) {
    world_.ledger.make_blocks(1);
    for (const auto& validator : world_.validators) {
      world_.ledger.commit(
          validator->key.account(),
          submission::encode(
              submission::Evidence{submission::tag_of(later == 2 ? "other" : "small"),
                                   static_cast<std::uint32_t>(world_.day.date.time_since_epoch().count() + later),
                                   hash::sha256("x"),
                                   {},
                                   validator->url})
              .value());
    }
  }
  EXPECT_EQ(verify().validators.size(), 3u);
  EXPECT_TRUE(verify().ok());
}

TEST_F(VerifyDay, OverRealSocketsItIsTheSame) {
  std::vector<std::unique_ptr<server::HttpServer>> servers;
  for (const auto& validator : world_.validators) {
    const Shelf& shelf = validator->shelf;
    servers.push_back(
        server::HttpServer::start(server::Endpoint::tcp("127.0.0.1", 0), [&shelf](const http::Request& request,
                                                                                  server::Responder responder) {
          responder.respond(shelf.answer(request));
        }).value());
    validator->url = "http://127.0.0.1:" + std::to_string(servers.back()->port());
  }
  world_.hold_all();
  core::SystemClock clock;
  fetch::Policy policy;
  policy.use_proxy = false;
  fetch::Fetcher fetcher(clock, policy);
  const DayReport report = verify_day(world_.ledger, 1, world_.day, fetch_with(fetcher)).value();
  EXPECT_TRUE(report.ok()) << to_text(report);
  EXPECT_EQ(report.validators.size(), 3u);
}

TEST_F(VerifyDay, ADayWithoutEvidenceIsNotFound) {
  const auto report = verify_day(world_.ledger, 1, world_.day, world_.fetch());
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().kind, core::ErrorKind::not_found);
  EXPECT_NE(report.error().message.find("nobody gave evidence"), std::string::npos);
}

TEST_F(VerifyDay, NonsenseOfAKeyWithoutPermitIsPassedOver) {
  world_.hold_all();
  const sign::Sr25519Pair stranger = pair_of(99);
  world_.ledger.add(stranger.account(), 0, false);
  world_.ledger.commit(
      stranger.account(),
      submission::encode(submission::Evidence{submission::tag_of("small"),
                                              static_cast<std::uint32_t>(world_.day.date.time_since_epoch().count()),
                                              hash::sha256("nonsense"),
                                              {},
                                              "http://nobody.example"})
          .value());
  EXPECT_TRUE(verify().ok());
  EXPECT_EQ(verify().validators.size(), 3u);
}

TEST_F(VerifyDay, ValidatorsWithoutEvidenceAreListed) {
  world_.hold(*world_.validators[0]);
  world_.ledger.make_blocks(130);
  const DayReport report = verify();
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.silent.size(), 2u);
}

}  // namespace
}  // namespace noonmark::evidence
