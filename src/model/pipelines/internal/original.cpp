#include "model/pipelines/internal/original.h"

#include <algorithm>
#include <cmath>

#include "model/image/colour.h"
#include "model/image/resize.h"

namespace noonmark::pipelines {
namespace {

std::string size_text(int width, int height) { return std::to_string(width) + "x" + std::to_string(height); }

core::Result<void> check_picture(const image::Image& picture, const char* name) {
  if (!image::is_sound(picture)) return core::invalid(std::string("the ") + name + " is no picture");
  if (picture.width <= kMaxSide && picture.height <= kMaxSide) return {};
  return core::invalid(std::string("the ") + name + " has " + size_text(picture.width, picture.height) +
                       " pixels; at most " + std::to_string(kMaxSide) + " a side are taken");
}

image::Image to_grey(const image::Image& picture) {
  image::Image grey = image::blank(picture.width, picture.height, 1);
  const std::vector<float> brightness = image::luma(picture, image::Luma::rec601);
  for (std::size_t i = 0; i < brightness.size(); ++i) {
    grey.pixels[i] = static_cast<std::uint8_t>(std::nearbyint(brightness[i]));
  }
  return grey;
}

/// Grown by the margins: the nearest pixel of the picture, or `outside` where that is given.
image::Image grow(const image::Image& picture, const Margins& margins, std::optional<std::uint8_t> outside) {
  image::Image grown = image::blank(picture.width + margins.left + margins.right,
                                    picture.height + margins.top + margins.bottom, picture.channels);
  for (int y = 0; y < grown.height; ++y) {
    for (int x = 0; x < grown.width; ++x) {
      const int from_x = std::clamp(x - margins.left, 0, picture.width - 1);
      const int from_y = std::clamp(y - margins.top, 0, picture.height - 1);
      const bool inside = from_x == x - margins.left && from_y == y - margins.top;
      const std::size_t to = grown.offset(x, y), from = picture.offset(from_x, from_y);
      for (std::size_t channel = 0; channel < static_cast<std::size_t>(picture.channels); ++channel) {
        grown.pixels[to + channel] = inside || !outside ? picture.pixels[from + channel] : *outside;
      }
    }
  }
  return grown;
}

core::Result<void> check_margins(const ImageRequest& request) {
  const Margins& margins = request.expand;
  for (const int margin : {margins.left, margins.top, margins.right, margins.bottom}) {
    if (margin < 0 || margin > kMaxSide) {
      return core::invalid("a margin must be 0 to " + std::to_string(kMaxSide) + " pixels");
    }
  }
  const int width = request.picture->width + margins.left + margins.right;
  const int height = request.picture->height + margins.top + margins.bottom;
  if (width <= kMaxSide && height <= kMaxSide) return {};
  return core::invalid("with its margins the picture has " + size_text(width, height) + " pixels; at most " +
                       std::to_string(kMaxSide) + " a side are taken");
}

}  // namespace

core::Result<std::optional<Original>> read_original(const ImageRequest& request) {
  const bool grows = request.expand != Margins{};
  if (!request.picture) {
    if (request.mask || grows) return core::invalid("a mask or margins need a picture that they belong to");
    return std::optional<Original>();
  }
  TRY(check_picture(*request.picture, "picture"));
  TRY(check_margins(request));
  Original original;
  original.picture = grow(image::to_rgb(*request.picture), request.expand, {});
  if (request.mask) {
    TRY(check_picture(*request.mask, "mask"));
    if (request.mask->width != request.picture->width || request.mask->height != request.picture->height) {
      return core::invalid("the mask has " + size_text(request.mask->width, request.mask->height) +
                           " pixels, the picture " + size_text(request.picture->width, request.picture->height));
    }
    original.mask = to_grey(*request.mask);
  } else if (grows) {
    original.mask = image::blank(request.picture->width, request.picture->height, 1);
  }
  if (original.masked()) original.mask = grow(original.mask, request.expand, 255);
  return std::optional(std::move(original));
}

Size fit_size(Size own, Size usual, int factor) {
  const double area = static_cast<double>(own.width) * own.height, most = double(usual.width) * usual.height;
  const double shrink = std::min(1.0, std::sqrt(most / area));
  const auto side = [&](int length) {
    const int steps = static_cast<int>(std::lround(length * shrink / factor));
    return std::clamp(steps, 1, kMaxSide / factor) * factor;
  };
  return {side(own.width), side(own.height)};
}

std::vector<float> latent_mask(const image::Image& mask, std::int64_t height, std::int64_t width) {
  std::vector<float> cells(static_cast<std::size_t>(height * width), 0.0F);
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      if (mask.pixels[mask.offset(x, y)] == 0) continue;
      cells[static_cast<std::size_t>(y * height / mask.height * width + x * width / mask.width)] = 1.0F;
    }
  }
  return cells;
}

image::Image compose(const Original& original, image::Image made) {
  if (!original.masked()) return made;
  const image::Image& kept = original.picture;
  if (made.width != kept.width || made.height != kept.height) {
    made = image::resize(made, kept.width, kept.height, image::Filter::lanczos3);
  }
  for (std::size_t i = 0; i < original.mask.pixels.size(); ++i) {
    const int fresh = original.mask.pixels[i];
    for (std::size_t channel = 0; channel < 3; ++channel) {
      std::uint8_t& value = made.pixels[i * 3 + channel];
      value = static_cast<std::uint8_t>((fresh * value + (255 - fresh) * kept.pixels[i * 3 + channel] + 127) / 255);
    }
  }
  return made;
}

}  // namespace noonmark::pipelines
