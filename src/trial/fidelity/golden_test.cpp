// Comparisons with the numbers of other tools (tests/golden/ssim/make.py says which).
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/core/files.h"
#include "model/image/colour.h"
#include "trial/fidelity/hashes.h"
#include "trial/fidelity/pixels.h"
#include "trial/fidelity/ssim.h"

namespace noonmark::fidelity {
namespace {

const std::string kFolder = NOONMARK_SOURCE_DIR "/tests/golden/ssim/";

image::Image picture(const std::string& name) {
  const auto bytes = core::read_file(kFolder + name, 1 << 20);
  EXPECT_TRUE(bytes.ok()) << bytes.error().message;
  const auto decoded = image::decode_png(*bytes);
  EXPECT_TRUE(decoded.ok()) << decoded.error().message;
  return *decoded;
}

codec::Json golden() {
  const auto text = core::read_text(kFolder + "golden.json", 1 << 20);
  EXPECT_TRUE(text.ok()) << text.error().message;
  const auto json = codec::parse_json(*text);
  EXPECT_TRUE(json.ok()) << json.error().message;
  return *json;
}

std::vector<double> unit_luma(const image::Image& image) {
  // In double, as scikit-image computes it; image::luma is float.
  std::vector<double> result;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    result.push_back((0.2125 * image.pixels[i] + 0.7154 * image.pixels[i + 1] + 0.0721 * image.pixels[i + 2]) / 255);
  }
  return result;
}

TEST(Golden, PsnrSsimAndMsSsimEqualTheOtherToolsToOneInAMillion) {
  const auto json = golden();
  const auto& cases = json.find("cases")->as_array();
  ASSERT_GE(cases.size(), 14U);
  for (const auto& entry : cases) {
    const auto reference = picture(entry.find("reference")->as_string());
    const auto changed = picture(entry.find("changed")->as_string());
    const auto& values = *entry.find("values");
    SCOPED_TRACE(entry.find("changed")->as_string());
    const auto expect = [&](const char* name, core::Result<double> actual) {
      ASSERT_TRUE(actual.ok()) << actual.error().message;
      EXPECT_NEAR(*actual, values.find(name)->as_number(), 1e-6) << name;
    };
    expect("psnr", psnr(reference, changed));
    expect("ssim", ssim(reference, changed));
    expect("ssim_gaussian", ssim(reference, changed, SsimWindow::gaussian11));
    expect("ms_ssim", ms_ssim(reference, changed));
    if (reference.channels == 1) continue;
    const auto a = unit_luma(reference);
    const auto b = unit_luma(changed);
    expect("ssim_of_rgb2gray", ssim_of_planes(a, b, reference.width, reference.height, 1.0));
    expect("ssim_of_rgb2gray_gaussian",
           ssim_of_planes(a, b, reference.width, reference.height, 1.0, SsimWindow::gaussian11));
  }
}

TEST(Golden, HashesAgreeWithPillowsUpToRoundingOfItsResize) {
  const auto json = golden();
  const auto& hashes = json.find("hashes")->as_object();
  ASSERT_GE(hashes.size(), 15U);
  int exact = 0;
  for (const auto& [name, expected] : hashes) {
    const auto image = picture(name);
    const auto parse = [](const codec::Json& text) { return std::stoull(text.as_string(), nullptr, 16); };
    const int d = hash_distance(*difference_hash(image), parse(*expected.find("dhash")));
    const int p = hash_distance(*frequency_hash(image), parse(*expected.find("phash")));
    EXPECT_LE(d, 4) << name;
    EXPECT_LE(p, 4) << name;
    exact += (d == 0 ? 1 : 0) + (p == 0 ? 1 : 0);
  }
  EXPECT_GT(exact, static_cast<int>(hashes.size()));
}

}  // namespace
}  // namespace noonmark::fidelity
