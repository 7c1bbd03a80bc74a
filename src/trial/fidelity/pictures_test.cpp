// The whole way from pictures to a score, on pictures of a real model (tests/golden/fidelity) and the real feature
// network.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "base/core/random.h"
#include "model/image/resize.h"
#include "model/onnx/runtime.h"
#include "trial/fidelity/score.h"

namespace noonmark::fidelity {
namespace {

using image::Image;

constexpr int kCount = 8;

Image cut(const Image& sheet, int left, int top) {
  Image result = image::blank(64, 64, 3);
  for (int y = 0; y < 64; ++y) {
    const auto* from = sheet.pixels.data() + sheet.offset(left, top + y);
    std::copy(from, from + 64 * 3, result.pixels.data() + result.offset(0, y));
  }
  return result;
}

std::vector<Image> pictures(const std::string& name) {
  const auto bytes = core::read_file(NOONMARK_SOURCE_DIR "/tests/golden/fidelity/" + name + ".png", 1 << 20);
  EXPECT_TRUE(bytes.ok()) << bytes.error().message;
  const auto sheet = image::decode_png(*bytes);
  EXPECT_TRUE(sheet.ok()) << sheet.error().message;
  std::vector<Image> result;
  for (int i = 0; i < kCount; ++i) result.push_back(cut(*sheet, i % 4 * 64, i / 4 * 64));
  return result;
}

/// Opened once for all tests: loading the network takes most of the time.
class Pictures : public testing::Test {
 protected:
  struct Shared {
    std::unique_ptr<onnx::Runtime> runtime;
    std::unique_ptr<PerceptualNetwork> network;
    std::vector<Reference> references;
    Floors floors;
  };

  static void SetUpTestSuite() {
    shared_ = std::make_unique<Shared>();
    shared_->runtime = std::move(onnx::Runtime::open()).value();
    shared_->network = std::make_unique<PerceptualNetwork>(
        PerceptualNetwork::open(*shared_->runtime, NOONMARK_SOURCE_DIR "/zoo/features/features.onnx").value());
    for (const Image& picture : pictures("baseline"))
      shared_->references.push_back(comparer().prepare(picture).value());
    shared_->floors = calibrate(compare(pictures("half_weights")), compare(pictures("other_seed"))).value();
  }
  static void TearDownTestSuite() { shared_.reset(); }

  static Comparer comparer() { return Comparer(shared_->network.get()); }
  static std::vector<Measures> compare(const std::vector<Image>& outputs) {
    std::vector<Measures> result;
    for (int i = 0; i < kCount; ++i) {
      const auto at = static_cast<std::size_t>(i);
      result.push_back(comparer().compare(shared_->references[at], outputs[at]).value());
    }
    return result;
  }
  static record::FidelityReport report(const std::vector<Image>& pictures) {
    std::vector<Output> outputs;
    for (int i = 0; i < kCount; ++i) {
      outputs.push_back({.request = i, .picture = pictures[static_cast<std::size_t>(i)], .failure = {}});
    }
    return assess(comparer(), shared_->references, outputs, shared_->floors);
  }
  template <class Change>
  static record::FidelityReport report_of_changed(Change change) {
    auto changed = pictures("baseline");
    for (Image& picture : changed) change(picture);
    return report(changed);
  }

  static std::unique_ptr<Shared> shared_;
};

std::unique_ptr<Pictures::Shared> Pictures::shared_;

TEST_F(Pictures, HarmlessVariationScoresOne) {
  EXPECT_EQ(report(pictures("baseline")).minimum, 1);
  EXPECT_EQ(report(pictures("half_weights")).minimum, 1);
}

TEST_F(Pictures, OtherSeedsScoreAboutZero) {
  const auto result = report(pictures("other_seed"));
  // Half of them lie nearer than the median, by definition; none is near.
  EXPECT_LT(result.mean, 0.3);
  EXPECT_LT(result.minimum, 0.01);
}

TEST_F(Pictures, FewerStepsScoreInBetweenInTheirOrder) {
  const double ten = report(pictures("steps_10")).mean;
  const double six = report(pictures("steps_6")).mean;
  const double three = report(pictures("steps_3")).mean;
  EXPECT_LT(ten, 0.9999);
  EXPECT_GT(ten, 0.8);
  EXPECT_GT(ten, six + 0.05);
  EXPECT_GT(six, 0.3);
  EXPECT_GT(six, three + 0.1);
}

TEST_F(Pictures, ConstantPicturesScoreZeroEvenInTheRightColour) {
  const auto mean = report_of_changed([](Image& picture) {
    picture = image::resize(image::resize(picture, 1, 1, image::Filter::area), 64, 64, image::Filter::area);
  });
  EXPECT_LT(mean.mean, 0.001);
  const auto background = report_of_changed([](Image& picture) {
    for (std::size_t i = 3; i < picture.pixels.size(); ++i) picture.pixels[i] = picture.pixels[i % 3];
  });
  EXPECT_LT(background.mean, 0.001);
  const auto black = report_of_changed([](Image& picture) { picture = image::blank(64, 64, 3); });
  EXPECT_LT(black.mean, 0.001);
  EXPECT_EQ(black.notes.front(), "8 requests got the same picture: 0 1 2 3 4 5 6 7");
}

TEST_F(Pictures, TheRightPicturesInTheWrongOrderScoreZero) {
  auto turned = pictures("baseline");
  std::rotate(turned.begin(), turned.begin() + 1, turned.end());
  EXPECT_LT(report(turned).mean, 0.01);
}

TEST_F(Pictures, MirrorsBlurAndSwappedColoursScoreLowAndFaintNoiseDoesNot) {
  const auto mirrored = report_of_changed([](Image& picture) {
    const Image original = picture;
    for (int y = 0; y < 64; ++y) {
      for (int x = 0; x < 64; ++x) {
        std::copy_n(original.pixels.data() + original.offset(63 - x, y), 3,
                    picture.pixels.data() + picture.offset(x, y));
      }
    }
  });
  EXPECT_LT(mirrored.mean, 0.1);
  const auto quarter = report_of_changed([](Image& picture) {
    picture = image::resize(image::resize(picture, 16, 16, image::Filter::area), 64, 64, image::Filter::bilinear);
  });
  EXPECT_LT(quarter.mean, 0.1);
  const auto swapped = report_of_changed([](Image& picture) {
    for (std::size_t i = 0; i < picture.pixels.size(); i += 3) std::swap(picture.pixels[i], picture.pixels[i + 2]);
  });
  EXPECT_LT(swapped.mean, 0.3);
  core::Philox random(1);
  const auto noisy = report_of_changed([&](Image& picture) {
    for (auto& value : picture.pixels) {
      value = static_cast<std::uint8_t>(std::clamp(std::lround(value + 1.5 * random.normal()), 0L, 255L));
    }
  });
  EXPECT_GT(noisy.mean, 0.6);
}

TEST_F(Pictures, TheNetworkSeesAnySizeAndGivesUnitVectors) {
  EXPECT_EQ(seen_side(64, 64), 96);
  EXPECT_EQ(seen_side(100, 40), 128);
  EXPECT_EQ(seen_side(1024, 1024), 224);
  for (const auto& [w, h] : {std::pair{12, 200}, {64, 64}, {300, 300}}) {
    const auto features = shared_->network->see(image::blank(w, h, 3));
    ASSERT_TRUE(features.ok()) << features.error().message;
    ASSERT_EQ(features->taps.size(), 4U);
    for (const auto& tap : features->taps) {
      ASSERT_EQ(tap.values.size(), tap.channels * tap.positions);
      double length = 0;
      for (std::size_t c = 0; c < tap.channels; ++c) length += std::pow(tap.values[c * tap.positions], 2);
      EXPECT_TRUE(std::abs(length - 1) < 1e-4 || length == 0) << length;
    }
  }
  EXPECT_FALSE(shared_->network->see(Image{}).ok());
}

}  // namespace
}  // namespace noonmark::fidelity
