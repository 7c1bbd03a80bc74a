#pragma once
#include <vector>

#include "contest/conduct/bodies.h"
#include "crypto/hash/hash.h"
#include "model/image/image.h"
#include "storage/blobs/store.h"

namespace noonmark::validator {

/// SHA-256 over "<width> <height> <channels>\n" in ASCII and the samples, row by row: equal for equal pictures,
/// whatever file they came from. Requires a sound picture.
hash::Digest pixels_digest(const image::Image& picture);

/// Keeps the picture of request `request` as a PNG file among the blobs. Fails: as the encoder and Store::put.
core::Result<conduct::Output> keep_picture(blobs::Store& store, int request, const image::Image& picture);

/// The picture again. Fails: not_found, corrupt (not the picture that `output` names).
core::Result<image::Image> load_picture(const blobs::Store& store, const conduct::Output& output);

}  // namespace noonmark::validator
