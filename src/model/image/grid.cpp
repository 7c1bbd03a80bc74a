#include "model/image/grid.h"

#include <algorithm>

#include "model/image/colour.h"

namespace noonmark::image {

namespace {

void paste(Image& sheet, const Image& picture, int left, int top) {
  const std::size_t row_bytes = static_cast<std::size_t>(picture.width) * 3;
  for (int y = 0; y < picture.height; ++y) {
    const auto* from = picture.pixels.data() + picture.offset(0, y);
    std::copy(from, from + row_bytes, sheet.pixels.data() + sheet.offset(left, top + y));
  }
}

}  // namespace

core::Result<Image> contact_sheet(std::span<const Image> images, const GridStyle& style) {
  int cell_width = 0;
  int cell_height = 0;
  for (const Image& image : images) {
    if (image == Image{}) continue;
    if (!is_sound(image)) return core::invalid("a picture for the contact sheet is not sound");
    cell_width = std::max(cell_width, image.width);
    cell_height = std::max(cell_height, image.height);
  }
  if (cell_width == 0) return core::invalid("a contact sheet needs at least one picture");
  if (style.columns < 1 || style.gap < 0 || style.gap > 1024) {
    return core::invalid("a contact sheet needs at least one column and a gap of 0 to 1024 pixels");
  }
  const auto count = static_cast<std::int64_t>(images.size());
  const std::int64_t columns = std::min<std::int64_t>(style.columns, count);
  const std::int64_t rows = (count + columns - 1) / columns;
  const std::int64_t width = style.gap + columns * (cell_width + style.gap);
  const std::int64_t height = style.gap + rows * (cell_height + style.gap);
  const ImageLimits limits;
  if (width > limits.max_side || height > limits.max_side ||
      static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height) > limits.max_pixels) {
    return core::invalid("the contact sheet would be " + std::to_string(width) + "x" + std::to_string(height) +
                         " pixels: show fewer pictures");
  }
  Image sheet = blank(static_cast<int>(width), static_cast<int>(height), 3);
  for (std::size_t i = 0; i < sheet.pixels.size(); ++i) sheet.pixels[i] = style.background[i % 3];
  for (std::int64_t i = 0; i < count; ++i) {
    const Image& image = images[static_cast<std::size_t>(i)];
    if (image.width == 0) continue;
    const int left =
        static_cast<int>(style.gap + (i % columns) * (cell_width + style.gap)) + (cell_width - image.width) / 2;
    const int top =
        static_cast<int>(style.gap + (i / columns) * (cell_height + style.gap)) + (cell_height - image.height) / 2;
    paste(sheet, flatten(image, style.background), left, top);
  }
  return sheet;
}

}  // namespace noonmark::image
