#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "model/image/image.h"

namespace noonmark::image {

/// How a contact sheet looks.
struct GridStyle {
  int columns = 6;
  int gap = 4;  ///< pixels between cells and around them
  std::array<std::uint8_t, 3> background = {255, 255, 255};
};

/// Pictures side by side, row by row, as one RGB picture. Cells have the size of the largest; smaller ones are centred,
/// transparent ones are laid over the background. An empty picture (0×0) leaves its cell empty. Fails: invalid, when
/// there is no picture, none has pixels, one isn't sound, or the sheet would be larger than `ImageLimits` allow.
core::Result<Image> contact_sheet(std::span<const Image> images, const GridStyle& style = {});

}  // namespace noonmark::image
