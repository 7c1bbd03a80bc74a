#include "contest/rules/contest.h"

#include <fstream>
#include <regex>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "contest/rules/inputs.h"

namespace noonmark::rules {
namespace {

const std::filesystem::path kSource = NOONMARK_SOURCE_DIR;

/// A small valid contest; tests change one line of it.
const std::string kToml = R"(format = 1
id = "tiny"
title = "A tiny contest"
task = "text-to-image"
[baseline]
package = "../zoo/tiny"
[device]
name = "one core"
cores = 2
threads = 1
primary_clock = "wall"
memory_limit_mib = 512
[metrics]
generation_time = 2
package_size = 0.5
[fidelity]
mean_floor = 0.8
[verdict]
policy = "noonmark-1"
[inputs]
count = 2
width = 64
height = 64
prompts = ["a", "b", "c"]
)";

std::string changed(std::string_view from, std::string_view to, std::string text = kToml) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string problem_of(const std::string& toml) {
  const auto contest = parse_contest(toml);
  if (contest.ok()) return "accepted";
  EXPECT_EQ(contest.error().kind, core::ErrorKind::invalid);
  return contest.error().message;
}

TEST(Contest, ASmallOneIsReadWithDefaults) {
  const auto contest = parse_contest(kToml);
  ASSERT_TRUE(contest.ok()) << contest.error().message;
  EXPECT_EQ(contest->id, "tiny");
  EXPECT_EQ(contest->weights, (std::map<record::Metric, double>{{record::Metric::generation_time, 2.0},
                                                                {record::Metric::package_size, 0.5}}));
  EXPECT_EQ(contest->fidelity.mean_floor, 0.8);
  EXPECT_EQ(contest->fidelity.minimum_floor, std::nullopt);
  EXPECT_EQ(contest->measurement.primary_clock, record::PrimaryClock::wall);
  EXPECT_EQ(contest->calendar, Calendar{});
  EXPECT_EQ(contest->payout.shares, std::vector<double>{1.0});
}

TEST(Contest, ErrorsNameTheMemberAndWhatToDo) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {changed("generation_time = 2", "generation_time = 0"), "contest.metrics.generation_time: a weight of zero"},
      {changed("generation_time = 2", "generation_time = -1"), "contest.metrics.generation_time"},
      {changed("generation_time = 2", "generation_time = nan"), "finite"},
      {changed("generation_time = 2", "speed = 2"), "contest.metrics.speed"},
      {changed("generation_time = 2\npackage_size = 0.5", ""), "contest.metrics: at least one"},
      {changed("mean_floor = 0.8", ""), "contest.fidelity: state"},
      {changed("mean_floor = 0.8", "mean_floor = 1.1"), "contest.fidelity.mean_floor"},
      {changed("\"tiny\"", "\"Tiny\""), "contest.id"},
      {changed("format = 1", "format = 2"), "contest.format"},
      {changed("title = \"A tiny contest\"", ""), "contest.title: is missing"},
      {changed("A tiny contest", "A \\u0007 contest"), "contest.title: may not hold control"},
      {changed("threads = 1", "threads = 3"), "contest.device.threads"},
      {changed("\"wall\"", "\"sundial\""), "contest.device.primary_clock"},
      {changed("../zoo/tiny", "/zoo/tiny"), "contest.baseline.package: must be relative"},
      {changed("count = 2", "count = 4"), "contest.inputs.count: asks for 4"},
      {changed("prompts = [\"a\", \"b\", \"c\"]", ""), "contest.inputs: state either"},
      {changed("\"b\", \"c\"", "\"b\", \"b\""), "contest.inputs.prompts: holds 'b' twice"},
      {changed("count = 2", "count = 2\nexamples = [\"a\", \"b\"]"), "only 1 can be made"},
      {kToml + "[calendar]\nzone = \"Mars/Olympus\"\ntime = \"12:00\"\n", "contest.calendar.zone"},
      {kToml + "[calendar]\nzone = \"UTC\"\ntime = \"24:00\"\n", "contest.calendar.time"},
      {kToml + "[calendar]\nzone = \"UTC\"\ntime = \"12:00:60\"\n", "contest.calendar.time"},
      {kToml + "[calendar]\nzone = \"UTC\"\ntime = \"12:00\"\ndays = [\"noonday\"]\n", "contest.calendar.days"},
      {kToml + "[calendar]\nzone = \"UTC\"\ntime = \"12:00\"\ndays = []\n", "contest.calendar.days"},
      {kToml + "[payout]\nshares = [0.2, 0.3]\n", "contest.payout.shares: may not rise"},
      {kToml + "[payout]\nshares = [0.7, 0.4]\n", "contest.payout.shares: may not be more"},
      {kToml + "[measurement]\nbudget_ns = 5\n", "contest.measurement.budget_ns: write budget_seconds"},
      {kToml + "[measurement]\nlooks = [5, 4]\n", "looks must rise"},
      {kToml + "[measurement]\nprimary_clock = \"cpu\"\n", "contest.measurement.primary_clock: stands under device"},
      {kToml + "[limits]\nload_seconds = 0\n", "contest.limits.load_seconds"},
      {kToml + "[extra]\n", "contest.extra"},
      {kToml + "oops", "line"},
  };
  for (const auto& [toml, expected] : cases) {
    EXPECT_NE(problem_of(toml).find(expected), std::string::npos) << expected << "\n got: " << problem_of(toml);
  }
}

TEST(Contest, JsonComesBackEqual) {
  const std::string more = kToml + R"([measurement]
budget_seconds = 12.5
looks = [3, 4]
[limits]
entry_seconds = 7.25
[calendar]
zone = "Europe/Rome"
time = "09:05"
days = ["friday", "monday"]
[payout]
shares = [0.6, 0.4]
)";
  for (const std::string& toml : {kToml, more}) {
    const Contest contest = parse_contest(toml).value();
    const auto again = contest_from_json(to_json(contest));
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(*again, contest);
    EXPECT_EQ(digest_of(*again), digest_of(contest));
  }
}

TEST(Contest, TheDigestIsOfValuesNotOfLayout) {
  const hash::Digest digest = digest_of(parse_contest(kToml).value());
  EXPECT_EQ(digest_of(parse_contest("# a comment\n" + changed("generation_time = 2", "generation_time = 2.0")).value()),
            digest);
  EXPECT_NE(digest_of(parse_contest(changed("generation_time = 2", "generation_time = 3")).value()), digest);
}

TEST(Contest, TheBaselineLiesRelativeToTheFile) {
  const Contest contest = parse_contest(kToml).value();
  EXPECT_EQ(baseline_path(contest, "/srv/contests/tiny.toml"), "/srv/zoo/tiny");
}

TEST(Contest, AMissingFileSaysSo) {
  EXPECT_EQ(load_contest("/nonexistent/contest.toml").error().kind, core::ErrorKind::not_found);
}

TEST(Contest, EveryContestInTheTreeIsValid) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kSource / "contests")) {
    if (entry.path().extension() != ".toml") continue;
    const auto contest = load_contest(entry.path());
    EXPECT_TRUE(contest.ok()) << contest.error().message;
    EXPECT_EQ(contest->id, entry.path().stem());
    ++count;
  }
  EXPECT_GE(count, 1);
}

/// The names that the model was trained on, with the article that its captions have.
std::vector<std::string> trained_objects() {
  const std::string source = core::read_text(kSource / "zoo/emoji/data.py", 1 << 20).value();
  const std::string opening = "CONCEPTS = \"\"\"\n";
  const std::size_t begin = source.find(opening) + opening.size();
  std::istringstream lines(source.substr(begin, source.find("\"\"\"", begin) - begin));
  std::vector<std::string> objects;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(": ");
    const std::string name = line.substr(colon + 2, line.find(',') - colon - 2);
    objects.push_back((std::string("aeio").find(name[0]) == std::string::npos ? "a " : "an ") + name);
  }
  return objects;
}

TEST(EmojiContest, AsksForExactlyWhatTheModelWasTrainedOn) {
  const Contest contest = load_contest(kSource / "contests/emoji-cpu.toml").value();
  EXPECT_GT(trained_objects().size(), 50U);
  EXPECT_EQ(contest.inputs.words.at("object"), trained_objects());
  const std::string fixed = core::read_text(kSource / "zoo/emoji/prompts.txt", 1 << 20).value();
  for (const std::string& example : contest.inputs.examples)
    EXPECT_NE(fixed.find(example + "\n"), std::string::npos) << example;
}

TEST(Contest, SubmissionIsOptionalAndItsDefaultLeavesTheDigestAlone) {
  const Contest plain = parse_contest(kToml).value();
  EXPECT_EQ(plain.submission, Submission{});
  EXPECT_EQ(to_json(plain).find("submission"), nullptr);
  const std::string spelt_out = kToml + "[submission]\nreveal_seconds = 1800\nmax_per_coldkey = 0\n";
  EXPECT_EQ(digest_of(parse_contest(spelt_out).value()), digest_of(plain));

  const Contest bounded = parse_contest(kToml + "[submission]\nreveal_seconds = 60\nmax_per_coldkey = 2\n").value();
  EXPECT_EQ(bounded.submission.reveal, std::chrono::seconds(60));
  EXPECT_EQ(bounded.submission.max_per_coldkey, 2);
  EXPECT_NE(digest_of(bounded), digest_of(plain));
  EXPECT_EQ(contest_from_json(to_json(bounded)).value(), bounded);

  EXPECT_NE(problem_of(kToml + "[submission]\nreveal_seconds = 0\n").find("contest.submission.reveal_seconds"),
            std::string::npos);
  EXPECT_NE(problem_of(kToml + "[submission]\nreveal = 1\n").find("contest.submission.reveal"), std::string::npos);
}

/// Every member that a contest is written with stands in the schema, and the other way round.
void expect_same_members(const codec::Json& written, const codec::Json& schema, const std::string& where) {
  const codec::Json* properties = schema.find("properties");
  ASSERT_NE(properties, nullptr) << where;
  for (const auto& [name, member] : written.as_object()) {
    const codec::Json* described = properties->find(name);
    ASSERT_NE(described, nullptr) << where << "." << name << " isn't in the schema";
    if (member.is_object() && described->find("properties") != nullptr) {
      expect_same_members(member, *described, where + "." + name);
    }
  }
  if (where == "contest" || where == "contest.measurement" || where == "contest.limits" ||
      where == "contest.submission") {
    EXPECT_EQ(written.as_object().size(), properties->as_object().size()) << where;
  }
}

TEST(Contest, TheSchemaDescribesEveryMember) {
  const std::string text = core::read_text(kSource / "api/contest.schema.json", 1 << 20).value();
  const auto schema = codec::parse_json(text);
  ASSERT_TRUE(schema.ok()) << schema.error().message;
  Contest contest = load_contest(kSource / "contests/emoji-cpu.toml").value();
  contest.submission.max_per_coldkey = 1;
  expect_same_members(to_json(contest), *schema, "contest");
}

}  // namespace
}  // namespace noonmark::rules
