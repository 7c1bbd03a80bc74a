#include "model/image/image.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <png.h>

#include "base/core/random.h"
#include "model/image/colour.h"

namespace noonmark::image {
namespace {

using core::ErrorKind;

/// Smooth shapes with a little noise, so that no codec has it too easy.
Image sample(int width, int height, int channels, std::uint64_t seed = 1) {
  Image image = blank(width, height, channels);
  core::Philox random(seed);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        const double wave = 100 + 60 * std::sin(0.11 * x * (c + 1)) + 60 * std::cos(0.07 * y + c);
        image.pixels[image.offset(x, y) + static_cast<std::size_t>(c)] =
            static_cast<std::uint8_t>(std::clamp(wave + 20 * random.uniform(), 0.0, 255.0));
      }
    }
  }
  return image;
}

double mean_error(const Image& a, const Image& b) {
  EXPECT_EQ(a.pixels.size(), b.pixels.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(int{a.pixels[i]} - int{b.pixels[i]});
  return sum / static_cast<double>(a.pixels.size());
}

void append_big_endian(core::Bytes& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

/// PNG's checksum (CRC-32 of the type and the data), bit by bit.
std::uint32_t crc32(core::ByteView bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
  }
  return ~crc;
}

void append_chunk(core::Bytes& png, std::string_view type, const core::Bytes& data) {
  append_big_endian(png, static_cast<std::uint32_t>(data.size()));
  core::Bytes checked(type.begin(), type.end());
  checked.insert(checked.end(), data.begin(), data.end());
  png.insert(png.end(), checked.begin(), checked.end());
  append_big_endian(png, crc32(checked));
}

core::Bytes png_that_declares(std::uint32_t width, std::uint32_t height) {
  core::Bytes png = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  core::Bytes header;
  append_big_endian(header, width);
  append_big_endian(header, height);
  header.insert(header.end(), {8, 6, 0, 0, 0});
  append_chunk(png, "IHDR", header);
  append_chunk(png, "IDAT", {0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01});
  append_chunk(png, "IEND", {});
  return png;
}

/// Where the data of the first chunk of a type begin.
std::size_t find_chunk(const core::Bytes& png, std::string_view type) {
  const auto at = core::as_text(png).find(type);
  EXPECT_NE(at, std::string_view::npos);
  return at + 4;
}

struct RawPng {
  int width = 0;
  int height = 0;
  int depth = 8;
  int color = PNG_COLOR_TYPE_RGB;
  int interlace = PNG_INTERLACE_NONE;
  std::vector<png_color> palette = {};
  std::vector<png_byte> palette_alpha = {};
};

/// Writes kinds of PNG that our own encoder never makes. `rows` are packed as PNG packs them.
core::Bytes write_raw(const RawPng& raw, std::vector<core::Bytes> rows) {
  core::Bytes out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &out,
      [](png_structp p, png_bytep bytes, std::size_t count) {
        auto* to = static_cast<core::Bytes*>(png_get_io_ptr(p));
        to->insert(to->end(), bytes, bytes + count);
      },
      [](png_structp) {});
  png_set_IHDR(png, info, static_cast<png_uint_32>(raw.width), static_cast<png_uint_32>(raw.height), raw.depth,
               raw.color, raw.interlace, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (!raw.palette.empty()) png_set_PLTE(png, info, raw.palette.data(), static_cast<int>(raw.palette.size()));
  if (!raw.palette_alpha.empty()) {
    png_set_tRNS(png, info, raw.palette_alpha.data(), static_cast<int>(raw.palette_alpha.size()), nullptr);
  }
  std::vector<png_bytep> pointers;
  for (auto& row : rows) pointers.push_back(row.data());
  png_set_rows(png, info, pointers.data());
  png_write_png(png, info, PNG_TRANSFORM_IDENTITY, nullptr);
  png_destroy_write_struct(&png, &info);
  return out;
}

TEST(Png, KeepsEverySampleOfGreyRgbAndRgba) {
  for (const int channels : {1, 3, 4}) {
    for (const auto& [width, height] : {std::pair{1, 1}, {64, 64}, {7, 129}, {300, 2}}) {
      const Image image = sample(width, height, channels);
      const auto bytes = encode_png(image);
      ASSERT_TRUE(bytes.ok()) << bytes.error().message;
      const auto back = decode_png(*bytes);
      ASSERT_TRUE(back.ok()) << back.error().message;
      EXPECT_EQ(*back, image);
      EXPECT_EQ(*decode(*bytes), image);
    }
  }
}

TEST(Png, RefusesEveryTruncation) {
  const auto bytes = *encode_png(sample(24, 16, 3));
  ASSERT_GT(bytes.size(), 100U);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto result = decode_png(core::ByteView(bytes).first(size));
    ASSERT_FALSE(result.ok()) << "accepted " << size << " of " << bytes.size() << " bytes";
    EXPECT_EQ(result.error().kind, ErrorKind::corrupt);
  }
}

TEST(Png, RefusesEverySingleFlippedBit) {
  const Image image = sample(9, 7, 3);
  const auto bytes = *encode_png(image);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto broken = bytes;
      broken[at] ^= static_cast<std::uint8_t>(1U << bit);
      EXPECT_FALSE(decode_png(broken).ok()) << "bit " << bit << " of byte " << at;
    }
  }
}

TEST(Png, RefusesBytesAfterItsEnd) {
  auto bytes = *encode_png(sample(8, 8, 3));
  bytes.push_back(0);
  const auto result = decode_png(bytes);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::corrupt);
}

TEST(Png, RefusesAHugeDeclaredSizeBeforeAllocating) {
  for (const auto& [width, height] :
       {std::pair{100000U, 100000U}, {0x7fffffffU, 0x7fffffffU}, {16385U, 1U}, {8193U, 4096U}}) {
    const auto result = decode_png(png_that_declares(width, height));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, ErrorKind::exhausted) << result.error().message;
    EXPECT_NE(result.error().message.find(std::to_string(width)), std::string::npos);
  }
  EXPECT_EQ(decode_png(png_that_declares(0x80000000U, 4)).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(decode_png(png_that_declares(0, 4)).error().kind, ErrorKind::corrupt);
}

TEST(Png, HonoursCallersLimits) {
  const auto bytes = *encode_png(sample(20, 10, 3));
  EXPECT_TRUE(decode_png(bytes, {.max_side = 20, .max_pixels = 200}).ok());
  EXPECT_EQ(decode_png(bytes, {.max_side = 19}).error().kind, ErrorKind::exhausted);
  EXPECT_EQ(decode_png(bytes, {.max_pixels = 199}).error().kind, ErrorKind::exhausted);
  EXPECT_EQ(decode_png(bytes, {.max_encoded_bytes = bytes.size() - 1}).error().kind, ErrorKind::exhausted);
}

TEST(Png, ReadsPalettesWithAndWithoutTransparency) {
  RawPng raw{.width = 4, .height = 1, .depth = 2, .color = PNG_COLOR_TYPE_PALETTE};
  raw.palette = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {9, 8, 7}};
  const auto opaque = decode_png(write_raw(raw, {{0b00011011}}));
  ASSERT_TRUE(opaque.ok()) << opaque.error().message;
  EXPECT_EQ(*opaque, (Image{4, 1, 3, {255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7}}));
  raw.palette_alpha = {10, 20};
  const auto clear = decode_png(write_raw(raw, {{0b00011011}}));
  ASSERT_TRUE(clear.ok()) << clear.error().message;
  EXPECT_EQ(*clear, (Image{4, 1, 4, {255, 0, 0, 10, 0, 255, 0, 20, 0, 0, 255, 255, 9, 8, 7, 255}}));
}

TEST(Png, ReadsAPaletteIndexThatIsNotThereAsBlack) {
  RawPng raw{.width = 4, .height = 1, .depth = 8, .color = PNG_COLOR_TYPE_PALETTE};
  raw.palette.resize(256);
  const auto whole = write_raw(raw, {{0, 1, 200, 255}});
  ASSERT_TRUE(decode_png(whole).ok());
  // The same picture with a palette of two colours.
  const auto start = static_cast<std::ptrdiff_t>(find_chunk(whole, "PLTE")) - 8;
  core::Bytes broken(whole.begin(), whole.begin() + start);
  append_chunk(broken, "PLTE", {1, 2, 3, 4, 5, 6});
  broken.insert(broken.end(), whole.begin() + start + 12 + 768, whole.end());
  const auto result = decode_png(broken);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(*result, (Image{4, 1, 3, {1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0}}));
}

TEST(Png, SpreadsFewBitsOverTheWholeRange) {
  const RawPng raw{.width = 8, .height = 1, .depth = 1, .color = PNG_COLOR_TYPE_GRAY};
  EXPECT_EQ(*decode_png(write_raw(raw, {{0b10100001}})), (Image{8, 1, 1, {255, 0, 255, 0, 0, 0, 0, 255}}));
}

TEST(Png, RoundsSixteenBitsToEight) {
  const RawPng raw{.width = 3, .height = 1, .depth = 16, .color = PNG_COLOR_TYPE_GRAY};
  // 0x00ff / 257 = 0.99, 0x0080 / 257 = 0.498, 0xffff / 257 = 255
  EXPECT_EQ(*decode_png(write_raw(raw, {{0x00, 0xff, 0x00, 0x80, 0xff, 0xff}})), (Image{3, 1, 1, {1, 0, 255}}));
}

TEST(Png, MakesRgbaOfGreyWithAlpha) {
  const RawPng raw{.width = 2, .height = 1, .color = PNG_COLOR_TYPE_GRAY_ALPHA};
  EXPECT_EQ(*decode_png(write_raw(raw, {{7, 100, 9, 200}})), (Image{2, 1, 4, {7, 7, 7, 100, 9, 9, 9, 200}}));
}

TEST(Png, ReadsInterlacedPictures) {
  const Image image = sample(13, 11, 3);
  RawPng raw{.width = 13, .height = 11, .interlace = PNG_INTERLACE_ADAM7};
  std::vector<core::Bytes> rows;
  for (int y = 0; y < image.height; ++y) {
    const auto* row = image.pixels.data() + image.offset(0, y);
    rows.emplace_back(row, row + 39);
  }
  EXPECT_EQ(*decode_png(write_raw(raw, rows)), image);
}

TEST(Png, IgnoresGammaProfilesAndText) {
  const Image image = sample(6, 5, 3);
  const auto plain = *encode_png(image);
  core::Bytes extra;
  append_chunk(extra, "gAMA", {0, 0, 0x27, 0x10});
  append_chunk(extra, "iCCP", {'x', 0, 0, 1, 2, 3});  // not even a valid profile
  append_chunk(extra, "zTXt", {'a', 0, 0, 9, 9, 9});
  auto bytes = plain;
  const std::size_t at = find_chunk(plain, "IDAT") - 8;
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), extra.begin(), extra.end());
  const auto result = decode_png(bytes);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(*result, image);
}

TEST(Jpeg, ComesBackCloseAndWithTheSameSize) {
  for (const int channels : {1, 3}) {
    const Image image = sample(65, 33, channels);
    const auto bytes = encode_jpeg(image, 95);
    ASSERT_TRUE(bytes.ok()) << bytes.error().message;
    const auto back = decode(*bytes);
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(back->width, 65);
    EXPECT_EQ(back->height, 33);
    EXPECT_EQ(back->channels, channels);
    EXPECT_LT(mean_error(*back, image), 8);
    EXPECT_LT(mean_error(*decode(*encode_jpeg(image, 100)), image),
              mean_error(*decode(*encode_jpeg(image, 30)), image));
  }
}

TEST(Jpeg, RefusesTruncationInsteadOfFillingWithGrey) {
  const auto bytes = *encode_jpeg(sample(64, 64, 3));
  for (std::size_t size = 0; size + 2 < bytes.size(); size += 7) {
    const auto result = decode_jpeg(core::ByteView(bytes).first(size));
    ASSERT_FALSE(result.ok()) << "accepted " << size << " of " << bytes.size() << " bytes";
    EXPECT_EQ(result.error().kind, ErrorKind::corrupt);
  }
}

TEST(Jpeg, RefusesAHugeDeclaredSize) {
  auto bytes = *encode_jpeg(sample(16, 16, 3));
  // Start of frame: FF C0, length, precision, height, width.
  const auto at = core::as_text(bytes).find("\xff\xc0");
  ASSERT_NE(at, std::string_view::npos);
  for (std::size_t i = at + 5; i < at + 9; ++i) bytes[i] = 0xf0;
  EXPECT_EQ(decode_jpeg(bytes).error().kind, ErrorKind::exhausted);
}

TEST(Jpeg, RefusesTransparencyAndOddQualities) {
  EXPECT_EQ(encode_jpeg(sample(8, 8, 4)).error().kind, ErrorKind::invalid);
  EXPECT_EQ(encode_jpeg(sample(8, 8, 3), 0).error().kind, ErrorKind::invalid);
  EXPECT_EQ(encode_jpeg(sample(8, 8, 3), 101).error().kind, ErrorKind::invalid);
}

TEST(Webp, LosslessKeepsEverySampleEvenUnderFullTransparency) {
  for (const int channels : {3, 4}) {
    Image image = sample(31, 17, channels);
    if (channels == 4) image.pixels[3] = 0;
    const auto bytes = encode_webp_lossless(image);
    ASSERT_TRUE(bytes.ok()) << bytes.error().message;
    const auto back = decode(*bytes);
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(*back, image);
  }
  const Image grey = sample(12, 12, 1);
  EXPECT_EQ(*decode(*encode_webp_lossless(grey)), to_rgb(grey));
}

TEST(Webp, LossyComesBackCloseAndTruncationIsRefused) {
  const Image image = sample(64, 48, 3);
  const auto bytes = *encode_webp(image, 95);
  EXPECT_LT(mean_error(*decode_webp(bytes), image), 9);
  for (std::size_t size = 0; size + 2 < bytes.size(); size += 5) {
    EXPECT_FALSE(decode_webp(core::ByteView(bytes).first(size)).ok()) << size << " of " << bytes.size();
  }
  EXPECT_EQ(decode_webp(bytes, {.max_side = 63}).error().kind, ErrorKind::exhausted);
}

TEST(Decode, TellsWhatItExpectsWhenBytesAreNoPicture) {
  EXPECT_EQ(decode({}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(decode(core::as_bytes("<svg/>")).error().kind, ErrorKind::invalid);
  EXPECT_EQ(decode_png(core::as_bytes("<svg/>")).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(decode_jpeg(core::as_bytes("<svg/>")).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(decode_webp(core::as_bytes("<svg/>")).error().kind, ErrorKind::corrupt);
}

TEST(Encode, RefusesAPictureThatLiesAboutItsSize) {
  Image image = sample(8, 8, 3);
  image.pixels.pop_back();
  EXPECT_FALSE(is_sound(image));
  for (const auto& result : {encode_png(image), encode_jpeg(image), encode_webp(image), encode_webp_lossless(image)}) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, ErrorKind::invalid);
  }
  EXPECT_FALSE(encode_png(Image{}).ok());
}

TEST(Colour, ConvertsBetweenChannelCounts) {
  EXPECT_EQ(to_rgb({2, 1, 1, {5, 6}}), (Image{2, 1, 3, {5, 5, 5, 6, 6, 6}}));
  EXPECT_EQ(to_rgb({1, 1, 4, {1, 2, 3, 0}}), (Image{1, 1, 3, {1, 2, 3}}));
  EXPECT_EQ(flatten({2, 1, 4, {10, 20, 30, 255, 10, 20, 30, 0}}, {255, 254, 253}),
            (Image{2, 1, 3, {10, 20, 30, 255, 254, 253}}));
  EXPECT_EQ(flatten({1, 1, 4, {0, 100, 200, 128}}, {255, 100, 0}), (Image{1, 1, 3, {127, 100, 100}}));
}

TEST(Colour, LumaUsesTheWeightsThatItsNameSays) {
  const Image red{1, 1, 3, {255, 0, 0}};
  EXPECT_FLOAT_EQ(luma(red, Luma::rec601)[0], 255 * 0.299F);
  EXPECT_FLOAT_EQ(luma(red, Luma::rec709)[0], 255 * 0.2125F);
  EXPECT_FLOAT_EQ(luma({1, 1, 1, {77}}, Luma::rec709)[0], 77);
}

}  // namespace
}  // namespace noonmark::image
