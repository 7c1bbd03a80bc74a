#include "trial/fidelity/pixels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

namespace noonmark::fidelity {

namespace {

std::string shape(const image::Image& image) {
  return std::to_string(image.width) + "x" + std::to_string(image.height) + " with " + std::to_string(image.channels) +
         (image.channels == 1 ? " channel" : " channels");
}

}  // namespace

core::Result<void> check_comparable(const image::Image& reference, const image::Image& changed) {
  if (!image::is_sound(reference) || !image::is_sound(changed)) {
    return core::invalid("a picture to be compared is empty or its pixels do not fit its size");
  }
  if (reference.width != changed.width || reference.height != changed.height ||
      reference.channels != changed.channels) {
    return core::invalid("the pictures differ in shape: " + shape(reference) + " in the reference, " + shape(changed) +
                         " in the output; make the output the size that was asked for");
  }
  if (reference.channels == 4) return core::invalid("pictures with alpha cannot be compared: flatten them first");
  return {};
}

core::Result<double> psnr(const image::Image& reference, const image::Image& changed) {
  TRY(check_comparable(reference, changed));
  std::uint64_t squares = 0;
  for (std::size_t i = 0; i < reference.pixels.size(); ++i) {
    const int difference = int{reference.pixels[i]} - int{changed.pixels[i]};
    squares += static_cast<std::uint64_t>(difference * difference);
  }
  if (squares == 0) return kHighestPsnr;
  const double mean = static_cast<double>(squares) / static_cast<double>(reference.pixels.size());
  return std::min(kHighestPsnr, 10 * std::log10(255.0 * 255.0 / mean));
}

}  // namespace noonmark::fidelity
