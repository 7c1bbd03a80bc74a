#include "model/image/grid.h"

#include <gtest/gtest.h>

namespace noonmark::image {
namespace {

Image solid(int width, int height, std::uint8_t value) {
  Image image = blank(width, height, 3);
  std::fill(image.pixels.begin(), image.pixels.end(), value);
  return image;
}

TEST(ContactSheet, PutsPicturesRowByRowWithGaps) {
  const std::vector<Image> images = {solid(2, 2, 10), solid(2, 2, 20), solid(2, 2, 30)};
  const auto sheet = contact_sheet(images, {.columns = 2, .gap = 1, .background = {255, 255, 255}});
  ASSERT_TRUE(sheet.ok()) << sheet.error().message;
  EXPECT_EQ(sheet->width, 7);
  EXPECT_EQ(sheet->height, 7);
  const auto at = [&](int x, int y) { return sheet->pixels[sheet->offset(x, y)]; };
  EXPECT_EQ(at(0, 0), 255);
  EXPECT_EQ(at(1, 1), 10);
  EXPECT_EQ(at(3, 1), 255);
  EXPECT_EQ(at(4, 2), 20);
  EXPECT_EQ(at(2, 5), 30);
  EXPECT_EQ(at(5, 5), 255);
}

TEST(ContactSheet, CentresSmallOnesLaysClearOnesOverTheBackgroundAndLeavesEmptyCells) {
  const Image clear{1, 1, 4, {9, 9, 9, 0}};
  const std::vector<Image> images = {solid(3, 3, 10), clear, Image{}, solid(1, 1, 40)};
  const auto sheet = contact_sheet(images, {.columns = 4, .gap = 0, .background = {1, 2, 3}});
  ASSERT_TRUE(sheet.ok()) << sheet.error().message;
  EXPECT_EQ(sheet->pixels[sheet->offset(4, 1)], 1);
  EXPECT_EQ(sheet->pixels[sheet->offset(7, 1)], 1);
  EXPECT_EQ(sheet->pixels[sheet->offset(10, 1)], 40);
  EXPECT_EQ(sheet->pixels[sheet->offset(9, 1)], 1);
}

TEST(ContactSheet, RefusesNothingAndTooMuch) {
  EXPECT_EQ(contact_sheet({}).error().kind, core::ErrorKind::invalid);
  EXPECT_EQ(contact_sheet(std::vector<Image>(3)).error().kind, core::ErrorKind::invalid);
  const std::vector<Image> large(8, solid(4000, 3000, 1));
  EXPECT_EQ(contact_sheet(large).error().kind, core::ErrorKind::invalid);
  EXPECT_EQ(contact_sheet(std::vector{solid(1, 1, 1)}, {.columns = 0}).error().kind, core::ErrorKind::invalid);
}

}  // namespace
}  // namespace noonmark::image
