#include "trial/runner/picture_files.h"

#include "base/codec/text.h"
#include "trial/runner/protocol.h"

namespace noonmark::runner {

std::string read_picture_file(codec::Fields& fields, std::string_view key) {
  if (!fields.has(key)) return {};
  const std::string text = fields.text(key, kMaxPictureRequestBytes);
  std::string_view encoded = text;
  if (encoded.starts_with("data:")) {
    constexpr std::string_view kMark = ";base64,";
    const std::size_t mark = encoded.find(kMark);
    if (mark == std::string_view::npos) return fields.fail(key, "must be base64, or a data URL of it"), std::string();
    encoded.remove_prefix(mark + kMark.size());
  }
  const auto bytes = codec::parse_base64(encoded);
  if (!bytes.ok() || bytes->empty()) return fields.fail(key, "must be a picture in base64"), std::string();
  if (bytes->size() > kMaxPictureBytes) return fields.fail(key, "must be at most 8 MiB"), std::string();
  return std::string(core::as_text(*bytes));
}

core::Result<image::Image> decode_picture_file(const std::string& file, std::string_view name) {
  image::ImageLimits limits;
  limits.max_side = pipelines::kMaxSide;
  limits.max_encoded_bytes = kMaxPictureBytes;
  auto picture = image::decode(core::as_bytes(file), limits);
  if (picture.ok()) return picture;
  // A broken file is the caller's mistake, not the worker's.
  return core::invalid("the " + std::string(name) + ": " + picture.error().message);
}

}  // namespace noonmark::runner
