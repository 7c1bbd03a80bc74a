#pragma once

#include <optional>
#include <vector>

#include "model/image/image.h"
#include "model/pipelines/pipeline.h"

namespace noonmark::pipelines {

/// The picture that a request begins with, and what of it is to stay.
struct Original {
  image::Image picture;  ///< RGB, grown by the request's margins
  image::Image mask;     ///< grey, the picture's size: 255 painted anew … 0 kept; empty: all of it is painted anew

  bool masked() const { return !mask.pixels.empty(); }
};

struct Size {
  int width = 0, height = 0;
};

/// Nothing where the request has no picture. Fails: invalid (sizes out of bounds or that differ, a mask or margins
/// without a picture; the message says what is wrong).
core::Result<std::optional<Original>> read_original(const ImageRequest& request);

/// The size nearest to `own` in shape that has at most the area of `usual` and sides that are multiples of `factor`.
Size fit_size(Size own, Size usual, int factor);

/// Which latents are painted anew, [height, width]: those with at least one pixel that is. 1 or 0.
std::vector<float> latent_mask(const image::Image& mask, std::int64_t height, std::int64_t width);

/// A new picture, with the original's pixels in it where the mask keeps them: exactly where it is 0, in proportion in
/// between. Without a mask, `made` itself.
image::Image compose(const Original& original, image::Image made);

}  // namespace noonmark::pipelines
