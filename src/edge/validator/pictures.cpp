#include "edge/validator/pictures.h"

namespace noonmark::validator {
namespace {
constexpr std::uint64_t kMaxPictureBytes = std::uint64_t{64} << 20;
}

hash::Digest pixels_digest(const image::Image& picture) {
  hash::Sha256 digest;
  digest.update(core::as_bytes(std::to_string(picture.width) + " " + std::to_string(picture.height) + " " +
                               std::to_string(picture.channels) + "\n"));
  digest.update(picture.pixels);
  return digest.finish();
}

core::Result<conduct::Output> keep_picture(blobs::Store& store, int request, const image::Image& picture) {
  const core::Bytes png = TRY(image::encode_png(picture));
  return conduct::Output{request, TRY(store.put(png)), pixels_digest(picture)};
}

core::Result<image::Image> load_picture(const blobs::Store& store, const conduct::Output& output) {
  const core::Bytes png = TRY(store.get(output.image, kMaxPictureBytes));
  image::Image picture = TRY(image::decode_png(png));
  if (pixels_digest(picture) != output.pixels) {
    return core::corrupt("picture " + output.image.hex() + " doesn't have the pixels that the record names");
  }
  return picture;
}

}  // namespace noonmark::validator
