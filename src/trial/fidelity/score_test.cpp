#include "trial/fidelity/score.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/core/random.h"
#include "trial/fidelity/pixels.h"

namespace noonmark::fidelity {
namespace {

using core::ErrorKind;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Measures measures(double psnr, double ssim, double ms_ssim, double dhash, double phash, double perceptual) {
  return {{"psnr", psnr},   {"ssim", ssim},   {"ms_ssim", ms_ssim},
          {"dhash", dhash}, {"phash", phash}, {"perceptual", perceptual}};
}

const Measures kSame = measures(kHighestPsnr, 1, 1, 0, 0, 0);
const Measures kFar = measures(3, 0, 0, 40, 40, 1.5);

/// Floors like those of a small picture model.
Floors floors() {
  const std::vector<Measures> harmless = {kSame, measures(57, 0.9998, 0.9999, 1, 2, 0.0005)};
  const std::vector<Measures> unrelated = {measures(24, 0.85, 0.92, 8, 12, 0.25), measures(22, 0.7, 0.8, 9, 14, 0.3),
                                           measures(20, 0.5, 0.6, 20, 20, 0.6),   measures(18, 0.4, 0.5, 20, 20, 0.7),
                                           measures(15, 0.3, 0.4, 22, 25, 0.8),   measures(12, 0.3, 0.4, 22, 25, 0.9)};
  return *calibrate(harmless, unrelated);
}

Measures random_measures(core::Philox& random) {
  return measures(5 + 60 * random.uniform(), 1.2 * random.uniform() - 0.2, random.uniform(),
                  static_cast<double>(random.below(65)), static_cast<double>(random.below(65)), 2 * random.uniform());
}

TEST(Calibration, TakesTheWorstHarmlessValueAndTheMedianOfOtherSeeds) {
  const auto f = floors();
  EXPECT_EQ(f.at("psnr"), (record::ComparatorFloor{57, 20}));
  EXPECT_EQ(f.at("ssim"), (record::ComparatorFloor{0.9998, 0.5}));
  EXPECT_EQ(f.at("dhash"), (record::ComparatorFloor{1, 20}));
  EXPECT_EQ(f.at("perceptual"), (record::ComparatorFloor{0.0005, 0.6}));
}

TEST(Calibration, DoesNotDependOnTheOrderOfItsInputs) {
  core::Philox random(7);
  std::vector<Measures> harmless;
  std::vector<Measures> unrelated;
  for (int i = 0; i < 20; ++i) {
    harmless.push_back(measures(50 + random.uniform(), 0.99, 0.995, 0, 0, 0.001 * random.uniform()));
    unrelated.push_back(
        measures(10 + 10 * random.uniform(), random.uniform(), random.uniform(), 20, 20, 0.2 + random.uniform()));
  }
  const auto first = *calibrate(harmless, unrelated);
  for (int i = 0; i < 10; ++i) {
    random.shuffle(std::span(harmless));
    random.shuffle(std::span(unrelated));
    EXPECT_EQ(*calibrate(harmless, unrelated), first);
  }
}

TEST(Calibration, RefusesWhatCannotTellPicturesApart) {
  const std::vector<Measures> same = {kSame};
  const std::vector<Measures> far = {kFar};
  EXPECT_TRUE(calibrate(same, far).ok());
  EXPECT_EQ(calibrate({}, far).error().kind, ErrorKind::invalid);
  EXPECT_EQ(calibrate(same, {}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(calibrate(same, same).error().kind, ErrorKind::invalid);
  auto blind = kFar;
  blind["perceptual"] = 0;
  EXPECT_EQ(calibrate(same, std::vector{blind}).error().kind, ErrorKind::invalid);
  auto broken = kFar;
  broken["ssim"] = kNaN;
  EXPECT_EQ(calibrate(same, std::vector{broken}).error().kind, ErrorKind::invalid);
  broken.erase("ssim");
  EXPECT_EQ(calibrate(same, std::vector{broken}).error().kind, ErrorKind::invalid);
}

TEST(Calibration, LeavesOutAComparatorThatSeesNoDifference) {
  auto flat = kFar;
  flat["ms_ssim"] = 1;
  const auto f = calibrate(std::vector{kSame}, std::vector{flat});
  ASSERT_TRUE(f.ok()) << f.error().message;
  EXPECT_EQ(closeness("ms_ssim", 1, *f), std::nullopt);
  EXPECT_EQ(score(kSame, *f), 1);
}

TEST(Score, IsOneForHarmlessVariationAndFallsSmoothlyToNothing) {
  EXPECT_EQ(score(kSame, floors()), 1);
  EXPECT_EQ(score(measures(57, 0.9998, 0.9999, 1, 2, 0.0005), floors()), 1);
  // A typical picture of another seed.
  EXPECT_NEAR(score(measures(20, 0.5, 0.6, 20, 20, 0.6), floors()), 1.0 / 17, 1e-6);
  EXPECT_LT(score(kFar, floors()), 0.01);
  // Half-way in every error.
  const double half_psnr = -10 * std::log10((std::pow(10, -5.7) + std::pow(10, -2.0)) / 2);
  EXPECT_NEAR(score(measures(half_psnr, 0.7499, 0.79995, 0, 0, 0.30025), floors()), 0.5, 1e-4);
}

TEST(Score, NeedsStructureAndPerceptionBoth) {
  auto blurred = kSame;
  blurred["perceptual"] = 5;
  EXPECT_LT(score(blurred, floors()), 0.01);
  auto moved = kFar;
  moved["perceptual"] = 0;
  EXPECT_LT(score(moved, floors()), 0.2);
  const double half = score(measures(kHighestPsnr, 1, 1, 0, 0, 0.30025), floors());
  EXPECT_NEAR(half, std::sqrt(0.5), 1e-6);
}

TEST(Score, StaysBetweenZeroAndOneAndFallsWithEachMeasure) {
  core::Philox random(11);
  const auto f = floors();
  for (int i = 0; i < 2000; ++i) {
    const Measures a = random_measures(random);
    const double before = score(a, f);
    ASSERT_GE(before, 0);
    ASSERT_LE(before, 1);
    for (const auto& [name, value] : a) {
      auto worse = a;
      const bool higher_is_closer = name == "psnr" || name == "ssim" || name == "ms_ssim";
      worse[name] = value + (higher_is_closer ? -1 : 1) * random.uniform();
      ASSERT_LE(score(worse, f), before) << name;
    }
  }
}

TEST(Score, IsNotRaisedByMissingOrBrokenMeasures) {
  core::Philox random(12);
  const auto f = floors();
  for (int i = 0; i < 300; ++i) {
    const Measures a = random_measures(random);
    for (const auto& [name, value] : a) {
      auto missing = a;
      missing.erase(name);
      auto broken = a;
      broken[name] = kNaN;
      auto endless = a;
      endless[name] = name == "psnr" || name.ends_with("ssim") ? -HUGE_VAL : HUGE_VAL;
      for (const Measures& each : {missing, broken, endless}) {
        const double value_of = score(each, f);
        ASSERT_LE(value_of, score(a, f)) << name;
        ASSERT_GE(value_of, 0);
      }
    }
  }
  EXPECT_EQ(score({}, f), 0);
  EXPECT_EQ(score(kSame, {}), 0);
}

TEST(Score, WithoutANetworkIsStructureAlone) {
  auto f = floors();
  f.erase("perceptual");
  auto m = kSame;
  m.erase("perceptual");
  EXPECT_EQ(score(m, f), 1);
  EXPECT_LT(score(kFar, f), 0.05);
}

TEST(Report, GivesFailuresZeroAndSaysWhy) {
  const std::vector<Outcome> outcomes = {{.request = 4, .measures = kSame, .failure = {}},
                                         {.request = 5, .measures = {}, .failure = "the output held NaN"},
                                         {.request = 6, .measures = {}, .failure = {}}};
  const auto report = make_report(outcomes, floors(), {"a finding"});
  ASSERT_EQ(report.outputs.size(), 3U);
  EXPECT_EQ(report.outputs[1].score, 0);
  EXPECT_EQ(report.minimum, 0);
  EXPECT_NEAR(report.mean, 1.0 / 3, 1e-6);
  ASSERT_EQ(report.notes.size(), 3U);
  EXPECT_EQ(report.notes[0], "a finding");
  EXPECT_NE(report.notes[1].find("NaN"), std::string::npos);
  EXPECT_NE(report.notes[2].find("request 6"), std::string::npos);
  EXPECT_EQ(report.floors, floors());
  const auto none = make_report({}, floors());
  EXPECT_EQ(none.mean, 0);
  EXPECT_FALSE(none.notes.empty());
}

TEST(Report, CanBeComputedAgainFromItsOwnNumbers) {
  core::Philox random(13);
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 50; ++i) outcomes.push_back({.request = i, .measures = random_measures(random), .failure = {}});
  const auto report = make_report(outcomes, floors());
  const auto read = record::fidelity_report_from_json(record::to_json(report));
  ASSERT_TRUE(read.ok()) << read.error().message;
  std::vector<Outcome> again;
  for (const auto& output : read->outputs)
    again.push_back({.request = output.request, .measures = output.values, .failure = {}});
  EXPECT_EQ(make_report(again, read->floors), report);
}

TEST(Assess, ReportsWrongSizesMissingOutputsAndRepeats) {
  const Comparer comparer(nullptr);
  core::Philox random(5);
  const auto noise = [&] {
    image::Image image = image::blank(32, 32, 3);
    for (auto& value : image.pixels) value = static_cast<std::uint8_t>(random.below(256));
    return image;
  };
  std::vector<Reference> references;
  for (int i = 0; i < 4; ++i) references.push_back(*comparer.prepare(noise()));
  auto f = floors();
  f.erase("perceptual");
  const std::vector<Output> outputs = {{.request = 10, .picture = references[0].picture, .failure = {}},
                                       {.request = 11, .picture = references[0].picture, .failure = {}},
                                       {.request = 12, .picture = image::blank(32, 16, 3), .failure = {}},
                                       {.request = 13, .picture = {}, .failure = "timed out"}};
  const auto report = assess(comparer, references, outputs, f);
  EXPECT_EQ(report.outputs[0].score, 1);
  EXPECT_LT(report.outputs[1].score, 0.01);
  EXPECT_EQ(report.minimum, 0);
  ASSERT_EQ(report.notes.size(), 3U);
  EXPECT_EQ(report.notes[0], "2 requests got the same picture: 10 11");
  EXPECT_NE(report.notes[1].find("32x16"), std::string::npos) << report.notes[1];
  EXPECT_NE(report.notes[2].find("timed out"), std::string::npos);
}

}  // namespace
}  // namespace noonmark::fidelity
