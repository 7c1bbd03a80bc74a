#include "edge/validator/pictures.h"

#include <gtest/gtest.h>

#include "storage/blobs/memory_store.h"

namespace noonmark::validator {
namespace {

TEST(Pictures, ComeBackAsTheyWereKept) {
  blobs::MemoryStore store;
  image::Image picture = image::blank(4, 3, 3);
  picture.pixels[7] = 200;
  const auto output = keep_picture(store, 5, picture);
  ASSERT_TRUE(output.ok());
  EXPECT_EQ(output->request, 5);
  const auto loaded = load_picture(store, *output);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(*loaded, picture);
  conduct::Output wrong = *output;
  wrong.pixels.bytes[0] ^= 1;
  EXPECT_EQ(load_picture(store, wrong).error().kind, core::ErrorKind::corrupt);
}

TEST(PixelsDigest, DependsOnShapeAndSamples) {
  const image::Image wide = image::blank(6, 2, 1), high = image::blank(2, 6, 1), colour = image::blank(2, 2, 3);
  EXPECT_NE(pixels_digest(wide), pixels_digest(high));
  EXPECT_NE(pixels_digest(high), pixels_digest(colour));
  image::Image other = wide;
  other.pixels[0] = 1;
  EXPECT_NE(pixels_digest(wide), pixels_digest(other));
  EXPECT_EQ(pixels_digest(wide), pixels_digest(image::blank(6, 2, 1)));
}

}  // namespace
}  // namespace noonmark::validator
