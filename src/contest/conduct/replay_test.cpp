#include "contest/conduct/replay.h"

#include <functional>

#include <gtest/gtest.h>

#include "contest/conduct/internal/fake_trial_for_tests.h"
#include "contest/verdict/verdict.h"
#include "storage/blobs/memory_store.h"

namespace noonmark::conduct {
namespace {

using codec::Json;

/// One contest, held once for all tests.
const std::string& sealed_text() {
  static const std::string text = [] {
    const core::TempDir folder = core::TempDir::create("replay").value();
    FakeWorld world(folder.path());
    Conductor conductor(world.collaborators());
    return conductor.proceed(conductor.begin(FakeWorld::request()).value()).value();
  }();
  return text;
}

/// The same, with each entry on a tester of its own.
const std::string& tested_text() {
  static const std::string text = [] {
    const core::TempDir folder = core::TempDir::create("replay").value();
    FakeWorld world(folder.path());
    world.trial.has_testers = true;
    Conductor conductor(world.collaborators());
    return conductor.proceed(conductor.begin(FakeWorld::request()).value()).value();
  }();
  return text;
}

Json sealed_json() { return codec::parse_json(sealed_text()).value(); }

/// The member at `path`, such as "records/4/body/metrics".
Json& at(Json& json, std::string_view path) {
  if (path.empty()) return json;
  const std::size_t slash = path.find('/');
  const std::string step(path.substr(0, slash));
  const std::string_view rest = slash == std::string_view::npos ? "" : path.substr(slash + 1);
  return at(json.is_array() ? json.as_array().at(std::stoul(step)) : json.as_object().at(step), rest);
}

/// What a cheat with a key of its own would publish: the record changed by `change`, chained and signed anew.
std::string forged(const std::function<void(Json&)>& change, const std::string& text = sealed_text()) {
  Json json = codec::parse_json(text).value();
  change(json);
  const sign::SecretKey key(sign::Seed::generate());
  std::vector<record::SealedRecord> records;
  std::vector<hash::Digest> names;
  for (const Json& item : at(json, "records").as_array()) {
    record::SealedRecord record = record::sealed_record_from_json(item).value();
    if (!names.empty()) record.previous = names.back();
    if (record.kind == "sealed") {
      Json list = Json::array();
      for (const hash::Digest& name : names) list.push_back(name.hex());
      record.body["records"] = list;
    }
    record.signer = key.public_key().hex();
    record.signature = key.sign(core::as_bytes(record::bytes_to_sign(record))).hex();
    names.push_back(record::name_of(record));
    records.push_back(std::move(record));
  }
  return final_text(records);
}

std::string problem_of(const std::string& text) {
  const auto verified = verify(text);
  if (verified.ok()) return "verified";
  EXPECT_EQ(verified.error().kind, core::ErrorKind::corrupt) << verified.error().message;
  return verified.error().message;
}

/// Position of the first record of a kind.
std::string record_of(std::string_view kind) {
  Json json = sealed_json();
  const auto& records = at(json, "records").as_array();
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].find("kind")->as_string() == kind) return "records/" + std::to_string(i) + "/body/";
  }
  ADD_FAILURE() << "no record of kind " << kind;
  return "";
}

TEST(Replay, GivesTheSameVerdictAgain) {
  const auto first = replay(sealed_text());
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(verdict::verdict_from_json(*first->state.verdict)->winner, "fast");
  EXPECT_EQ(first->name, hash::sha256(sealed_text()));
}

TEST(Verify, AcceptsWhatWasSealedAndSaysWhoSigned) {
  const auto verified = verify(sealed_text());
  ASSERT_TRUE(verified.ok()) << verified.error().message;
  EXPECT_TRUE(verify(sealed_text(), verified->signer).ok());
}

TEST(Verify, AnotherSignerIsDenied) {
  const sign::PublicKey other = sign::SecretKey(sign::Seed::generate()).public_key();
  EXPECT_EQ(verify(sealed_text(), other).error().kind, core::ErrorKind::denied);
}

TEST(Verify, NoByteCanChangeUnnoticedAndThePlaceIsNamed) {
  const std::string& text = sealed_text();
  ASSERT_GT(text.size(), 10'000U);
  // A prime stride visits every kind of place over the years; the first kilobyte is looked at whole.
  for (std::size_t i = 0; i < text.size(); i += i < 1024 ? 1 : 97) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
    const std::string problem = problem_of(changed);
    ASSERT_NE(problem, "verified") << "byte " << i;
    const bool named = problem.find("$.") != std::string::npos || problem.find("byte") != std::string::npos ||
                       problem.find("offset") != std::string::npos;
    ASSERT_TRUE(named) << problem;
  }
}

TEST(Verify, ADigitChangedInASampleNamesItsRecordAndBytes) {
  std::string text = sealed_text();
  const std::size_t digit = text.find("\"cpu_ns\":") + 9;
  text[digit] = text[digit] == '1' ? '2' : '1';
  const std::string problem = problem_of(text);
  EXPECT_NE(problem.find("(measured, bytes "), std::string::npos) << problem;
  const std::size_t begin = std::stoul(problem.substr(problem.find("bytes ") + 6));
  EXPECT_EQ(text[begin], '{');
  EXPECT_LT(begin, digit);
}

TEST(Verify, CutAndLengthenedTextIsRefused) {
  const std::string& text = sealed_text();
  EXPECT_NE(problem_of(text + "\n"), "verified");
  EXPECT_NE(problem_of(" " + text), "verified");
  EXPECT_NE(problem_of(text.substr(0, text.size() - 1)), "verified");
  EXPECT_NE(problem_of(""), "verified");
}

TEST(Verify, MissingSwappedAndRepeatedRecordsAreRefused) {
  const auto with_records = [](const std::function<void(Json::Array&)>& change) {
    Json json = sealed_json();
    change(json["records"].as_array());
    return problem_of(codec::write_json(json));
  };
  EXPECT_NE(with_records([](auto& records) { records.pop_back(); }).find("isn't sealed"), std::string::npos);
  EXPECT_NE(with_records([](auto& records) { records.erase(records.begin() + 4); }), "verified");
  EXPECT_NE(with_records([](auto& records) { std::swap(records[4], records[5]); }), "verified");
  EXPECT_NE(with_records([](auto& records) { records.insert(records.begin() + 5, records[4]); }), "verified");
  EXPECT_NE(with_records([](auto& records) { records.clear(); }), "verified");
}

TEST(Verify, AForgerWithAKeyOfItsOwnCantChangeWhatIsDerived) {
  ASSERT_TRUE(verify(forged([](Json&) {})).ok());  // the forger's tools work
  const auto forge = [](const std::string& path, Json value) {
    return problem_of(forged([&](Json& json) { at(json, path) = value; }));
  };
  const std::string measured = record_of("measured");
  EXPECT_NE(forge(measured + "metrics/generation_time/low", 0.01).find("body.metrics.generation_time.low"),
            std::string::npos);
  EXPECT_NE(forge(measured + "measurement/seed", "5").find("body.measurement.seed"), std::string::npos);
  EXPECT_NE(forge(measured + "measurement/settings/resamples", 201).find("body.measurement.settings.resamples"),
            std::string::npos);
  EXPECT_NE(forge(measured + "order", 5).find("body.order"), std::string::npos);
  EXPECT_NE(forge(record_of("judged") + "report/mean", 1.0).find("body.report.mean"), std::string::npos);
  EXPECT_NE(forge(record_of("judged") + "report/outputs/1/score", 1.0).find("body.report.outputs[1].score"),
            std::string::npos);
  EXPECT_NE(forge(record_of("judged") + "report/floors/ssim/unrelated", 0.1).find("floors must be those"),
            std::string::npos);
  EXPECT_NE(forge(record_of("drawn") + "inputs/0/seed", 1).find("body.inputs[0].seed"), std::string::npos);
  EXPECT_NE(forge(record_of("drawn") + "beacon", "ff").find("body.inputs"), std::string::npos);
  EXPECT_NE(forge(record_of("opened") + "contest/title", "x").find("body.contest_digest"), std::string::npos);
  EXPECT_NE(forge(record_of("verdict") + "winner", "slightly-faster").find("body.winner"), std::string::npos);
  EXPECT_NE(forge(record_of("admitted") + "admissions/entries/1/name", "x").find("body.admissions"), std::string::npos);
}

TEST(Verify, ARawSampleCantChangeWithoutItsMetric) {
  const std::string path = record_of("measured") + "measurement/turns";
  const std::string problem = problem_of(forged([&](Json& json) {
    for (Json& turn : at(json, path).as_array()) {
      if (!turn.find("baseline")->as_bool()) turn["cpu_ns"] = 1'000'000;
    }
  }));
  EXPECT_NE(problem.find("body.metrics.cpu_time"), std::string::npos) << problem;
}

TEST(Testers, LeaveNoTraceInARecordWithoutThem) {
  EXPECT_EQ(sealed_text().find("tester"), std::string::npos);
  EXPECT_NE(tested_text().find("the machine for fast"), std::string::npos);
}

TEST(Testers, EachEntryIsJudgedByTheBaselineOfItsOwnTester) {
  const Replay done = verify(tested_text()).value();
  ASSERT_EQ(done.state.judged.size(), 3U);
  for (const auto& [order, judged] : done.state.judged) {
    ASSERT_TRUE(judged.reference && judged.report && judged.tester);
    EXPECT_EQ(judged.report->floors, judged.reference->floors);
    EXPECT_NE(judged.report->floors, done.state.reference->floors);
    EXPECT_EQ(judged.tester, done.state.measured.at(order).tester);
  }
  // Of two entries with the same pictures the one whose tester is the noisier scores better.
  EXPECT_LT(done.state.judged.at(2).report->mean, done.state.judged.at(4).report->mean);
}

TEST(Testers, AForgerCantMixTheirBaselinesOrMachines) {
  const auto forge = [](const std::function<void(Json&)>& change) {
    return problem_of(forged([&](Json& json) { change(at(json, record_of("judged"))); }, tested_text()));
  };
  EXPECT_EQ(forge([](Json&) {}), "verified");
  const auto without = [](const char* member) { return [member](Json& body) { body.as_object().erase(member); }; };
  EXPECT_NE(forge(without("reference")).find("must have a reference"), std::string::npos);
  EXPECT_NE(forge(without("tester")).find("must have a reference"), std::string::npos);
  EXPECT_NE(forge([](Json& body) { at(body, "tester/machine/cores") = 3; }).find("body.tester"), std::string::npos);
  EXPECT_NE(forge([](Json& body) { at(body, "reference/floors/ssim/harmless") = 0.5; }).find("floors must be those"),
            std::string::npos);
  EXPECT_NE(forge([](Json& body) { at(body, "reference/outputs").as_array().pop_back(); }).find("reference.outputs"),
            std::string::npos);
}

TEST(VerifyPictures, LooksAtTheTestersBaselinesToo) {
  const Replay done = verify(tested_text()).value();
  blobs::MemoryStore store;
  for (const char* name : {"baseline", "slightly-faster", "fast", "faster-but-blurred"}) {
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(store.put(core::as_bytes(std::string(name) + std::to_string(i) + ".png")).ok());
    }
  }
  const auto missing = verify_pictures(done, store);
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().message.find("the baseline's picture beside slightly-faster"), std::string::npos);
}

TEST(VerifyPictures, FindsTheMissingAndCountsTheRest) {
  const Replay done = verify(sealed_text()).value();
  blobs::MemoryStore store;
  const auto missing = verify_pictures(done, store);
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().message.find("the baseline's picture (request 0)"), std::string::npos);
  for (const char* name : {"baseline", "slightly-faster", "fast", "faster-but-blurred"}) {
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(store.put(core::as_bytes(std::string(name) + std::to_string(i) + ".png")).ok());
    }
  }
  EXPECT_EQ(verify_pictures(done, store).value(), 12U);
}

}  // namespace
}  // namespace noonmark::conduct
