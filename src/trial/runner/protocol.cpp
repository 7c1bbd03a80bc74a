#include "trial/runner/protocol.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/codec/fields.h"
#include "base/codec/json.h"
#include "base/codec/text.h"
#include "base/core/check.h"
#include "model/image/colour.h"
#include "trial/runner/picture_files.h"

namespace noonmark::runner {
namespace {

using codec::Json;

constexpr std::size_t kMaxErrorBytes = 1000;
constexpr std::int64_t kMaxSeed = std::numeric_limits<std::int64_t>::max();

/// In the order of MaskRule.
constexpr std::array<std::string_view, 3> kMaskRules = {"transparent_is_painted", "white_is_painted",
                                                        "black_is_painted"};

struct Size {
  int width = 0, height = 0;
};

std::optional<int> parse_side(std::string_view digits) {
  int side = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), side);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.front() == '-' || side < 1 ||
      side > pipelines::kMaxSide)
    return std::nullopt;
  return side;
}

// "64x64"; "auto" leaves it to the package.
std::optional<Size> parse_size(std::string_view text) {
  if (text == "auto") return Size{};
  const std::size_t cross = text.find('x');
  if (cross == std::string_view::npos || cross == 0 || cross + 1 == text.size()) return std::nullopt;
  const auto width = parse_side(text.substr(0, cross));
  const auto height = parse_side(text.substr(cross + 1));
  if (!width || !height) return std::nullopt;
  return Size{*width, *height};
}

std::string_view name_of(image::Format format) {
  switch (format) {
    case image::Format::png:
      return "png";
    case image::Format::jpeg:
      return "jpeg";
    case image::Format::webp:
      return "webp";
  }
  return "png";
}

std::optional<image::Format> parse_format(std::string_view name) {
  for (const image::Format format : {image::Format::png, image::Format::jpeg, image::Format::webp}) {
    if (name_of(format) == name) return format;
  }
  return std::nullopt;
}

core::Result<core::Bytes> encode(const image::Image& picture, image::Format format) {
  switch (format) {
    case image::Format::png:
      return image::encode_png(picture);
    case image::Format::jpeg:
      return image::encode_jpeg(picture);
    case image::Format::webp:
      return image::encode_webp(picture);
  }
  return core::internal("unknown picture format");
}

void read_words(codec::Fields& fields, WireRequest& request) {
  const std::string size = fields.text_or("size", "auto", 32);
  if (const auto parsed = parse_size(size); !parsed) {
    fields.fail("size", "must be WIDTHxHEIGHT in pixels, for example 64x64, or auto");
  } else if (parsed->width > 0) {
    request.image.width = parsed->width;
    request.image.height = parsed->height;
  }
  const std::string format = fields.text_or("output_format", "png", 16);
  if (const auto parsed = parse_format(format)) {
    request.format = *parsed;
  } else {
    fields.fail("output_format", "must be png, jpeg or webp");
  }
  if (fields.text_or("response_format", "b64_json", 16) != "b64_json") {
    fields.fail("response_format", "must be b64_json: nothing is stored here, so there is no URL to give");
  }
  request.model = fields.text_or("model", "", 256);
  (void)fields.integer_or("partial_images", 0, 0, 3);
  (void)fields.integer_or("output_compression", 100, 0, 100);
  for (const char* ignored : {"user", "quality", "style", "background", "moderation"})
    (void)fields.text_or(ignored, "", 256);
}

void read_expand(codec::Fields& fields, pipelines::Margins& margins) {
  const Json* const json = fields.optional_child("expand");
  if (json == nullptr) return;
  if (!json->is_object()) return fields.fail("expand", "must be an object with left, top, right, bottom");
  codec::Fields own(*json, "request.expand");
  margins.left = static_cast<int>(own.integer_or("left", 0, 0, pipelines::kMaxSide));
  margins.top = static_cast<int>(own.integer_or("top", 0, 0, pipelines::kMaxSide));
  margins.right = static_cast<int>(own.integer_or("right", 0, 0, pipelines::kMaxSide));
  margins.bottom = static_cast<int>(own.integer_or("bottom", 0, 0, pipelines::kMaxSide));
  if (const auto read = own.finish(); !read.ok()) fields.fail("expand", read.error().message);
}

void read_own_picture(codec::Fields& fields, WireRequest& request) {
  if (request.files.picture.empty()) request.files.picture = read_picture_file(fields, "image");
  if (request.files.picture.empty()) fields.fail("image", "is missing");
  if (request.files.picture.size() > kMaxPictureBytes) fields.fail("image", "must be at most 8 MiB");
}

void read_original(codec::Fields& fields, WireRequest& request) {
  read_own_picture(fields, request);
  if (fields.has("strength")) request.image.strength = fields.number("strength", 1e-6, 1);
  (void)fields.text_or("input_fidelity", "", 256);
  if (request.purpose == Purpose::variation) return;
  if (request.files.mask.empty()) request.files.mask = read_picture_file(fields, "mask");
  if (request.files.mask.size() > kMaxPictureBytes) fields.fail("mask", "must be at most 8 MiB");
  const std::string rule = fields.text_or("mask_rule", std::string(kMaskRules[0]), 64);
  const auto known = std::ranges::find(kMaskRules, rule);
  if (known == kMaskRules.end()) return fields.fail("mask_rule", "is not known");
  request.mask = static_cast<MaskRule>(known - kMaskRules.begin());
  read_expand(fields, request.image.expand);
}

std::string write_upscale(const WireRequest& request) {
  Json document = Json::object({{"image", codec::base64(core::as_bytes(request.files.picture))},
                                {"output_format", std::string(name_of(request.format))}});
  if (!request.model.empty()) document["model"] = request.model;
  return codec::write_json(document);
}

/// White where the picture is transparent. Nothing where it has no transparency.
std::optional<image::Image> transparency(const image::Image& picture) {
  if (picture.channels != 4) return std::nullopt;
  image::Image mask = image::blank(picture.width, picture.height, 1);
  bool any = false;
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
    mask.pixels[i] = static_cast<std::uint8_t>(255 - picture.pixels[i * 4 + 3]);
    any = any || mask.pixels[i] != 0;
  }
  return any ? std::optional(std::move(mask)) : std::nullopt;
}

image::Image inverted(image::Image picture) {
  for (std::uint8_t& value : picture.pixels) value = static_cast<std::uint8_t>(255 - value);
  return picture;
}

/// White where the mask has something painted anew.
image::Image painted_by(const image::Image& mask, MaskRule rule) {
  const auto transparent = transparency(mask);
  if (rule == MaskRule::transparent_is_painted) {
    if (mask.channels != 4) return mask;
    // An opaque mask keeps everything.
    return transparent ? *transparent : image::blank(mask.width, mask.height, 1);
  }
  const image::Image painted = transparent ? inverted(*transparent) : image::to_rgb(mask);
  return rule == MaskRule::white_is_painted ? painted : inverted(painted);
}

}  // namespace

std::string_view path_of(Purpose purpose) {
  switch (purpose) {
    case Purpose::generation:
      return kImagesPath;
    case Purpose::edit:
      return kEditsPath;
    case Purpose::variation:
      return kVariationsPath;
    case Purpose::upscale:
      return kUpscalesPath;
  }
  CHECK(false, "not a purpose");
}

std::optional<Purpose> purpose_of(std::string_view path) {
  for (const Purpose purpose : {Purpose::generation, Purpose::edit, Purpose::variation, Purpose::upscale}) {
    if (path_of(purpose) == path) return purpose;
  }
  return std::nullopt;
}

core::Result<pipelines::ImageRequest> with_pictures(const WireRequest& request) {
  pipelines::ImageRequest read = request.image;
  if (request.files.picture.empty()) return read;
  read.picture = TRY(decode_picture_file(request.files.picture, "image"));
  if (request.files.mask.empty()) {
    read.mask = transparency(*read.picture);
    return read;
  }
  const image::Image mask = TRY(decode_picture_file(request.files.mask, "mask"));
  read.mask = painted_by(mask, request.mask);
  return read;
}

core::Result<WireRequest> parse_request(std::string_view json, Purpose purpose, Files files) {
  const bool pictures = purpose != Purpose::generation;
  const Json document = TRY(codec::parse_json(json, {pictures ? kMaxPictureRequestBytes : kMaxRequestBytes, 8}));
  if (!document.is_object()) return core::invalid("the request must be a JSON object");
  codec::Fields fields(document, "request");
  WireRequest request;
  request.purpose = purpose;
  request.files = std::move(files);
  if (purpose == Purpose::upscale) {
    read_own_picture(fields, request);
    read_words(fields, request);
    TRY(fields.finish());
    return request;
  }
  pipelines::ImageRequest& image = request.image;
  image.prompt = purpose == Purpose::variation ? fields.text_or("prompt", "", kMaxRequestBytes)
                                               : fields.text("prompt", kMaxRequestBytes);
  if (pictures) read_original(fields, request);
  image.negative_prompt = fields.text_or("negative_prompt", "", kMaxRequestBytes);
  image.n = static_cast<int>(fields.integer_or("n", 1, 1, pipelines::kMaxImages));
  request.seeded = fields.has("seed");
  image.seed = static_cast<std::uint64_t>(fields.integer_or("seed", 0, 0, kMaxSeed));
  if (fields.has("steps")) image.steps = static_cast<int>(fields.integer("steps", 1, 10'000));
  if (fields.has("guidance_scale")) image.guidance_scale = fields.number("guidance_scale", 0, pipelines::kMaxGuidance);
  image.guidance_rescale = fields.number_or("guidance_rescale", 0, 0, 1);
  request.stream = fields.flag_or("stream", false);
  read_words(fields, request);
  TRY(fields.finish());
  return request;
}

core::Result<std::string> write_request(const WireRequest& request) {
  if (request.purpose == Purpose::upscale) return write_upscale(request);
  const pipelines::ImageRequest& image = request.image;
  if (image.seed > static_cast<std::uint64_t>(kMaxSeed)) return core::invalid("a seed must be below 2^63");
  if (!codec::is_utf8(image.prompt) || !codec::is_utf8(image.negative_prompt))
    return core::invalid("a prompt must be UTF-8");
  Json document = Json::object({{"prompt", image.prompt},
                                {"n", image.n},
                                {"seed", image.seed},
                                {"response_format", "b64_json"},
                                {"output_format", std::string(name_of(request.format))}});
  if (!image.negative_prompt.empty()) document["negative_prompt"] = image.negative_prompt;
  if (image.steps) document["steps"] = *image.steps;
  if (image.guidance_scale) document["guidance_scale"] = *image.guidance_scale;
  if (image.guidance_rescale != 0) document["guidance_rescale"] = image.guidance_rescale;
  if (image.width && image.height)
    document["size"] = std::to_string(*image.width) + "x" + std::to_string(*image.height);
  if (!request.files.picture.empty()) document["image"] = codec::base64(core::as_bytes(request.files.picture));
  if (!request.files.mask.empty()) document["mask"] = codec::base64(core::as_bytes(request.files.mask));
  if (request.mask != MaskRule::transparent_is_painted) {
    document["mask_rule"] = std::string(kMaskRules[static_cast<std::size_t>(request.mask)]);
  }
  if (image.strength) document["strength"] = *image.strength;
  if (const pipelines::Margins& grown = image.expand; grown != pipelines::Margins{}) {
    document["expand"] =
        Json::object({{"left", grown.left}, {"top", grown.top}, {"right", grown.right}, {"bottom", grown.bottom}});
  }
  if (request.stream) document["stream"] = true;
  if (!request.model.empty()) document["model"] = request.model;
  return codec::write_json(document);
}

core::Result<std::string> write_answer(std::span<const image::Image> images, image::Format format,
                                       std::int64_t created) {
  Json data = Json::array();
  for (const image::Image& picture : images) {
    data.push_back(Json::object({{"b64_json", codec::base64(TRY(encode(picture, format)))}}));
  }
  return codec::write_json(
      Json::object({{"created", created}, {"data", std::move(data)}, {"output_format", std::string(name_of(format))}}));
}

core::Result<std::vector<image::Image>> parse_answer(std::string_view json, const Expected& expected) {
  const core::Result<Json> document = codec::parse_json(json, {json.size(), 8});
  if (!document.ok()) return core::corrupt("the answer is not JSON: " + document.error().message);
  const Json* data = document->find("data");
  if (data == nullptr || !data->is_array()) return core::corrupt("the answer has no data array");
  if (data->as_array().size() != static_cast<std::size_t>(expected.images)) {
    return core::invalid("the answer holds " + std::to_string(data->as_array().size()) + " pictures instead of " +
                         std::to_string(expected.images));
  }
  image::ImageLimits limits;
  if (expected.width > 0 && expected.height > 0) {
    limits.max_side = std::max(expected.width, expected.height);
    limits.max_pixels = static_cast<std::uint64_t>(expected.width) * static_cast<std::uint64_t>(expected.height);
  }
  std::vector<image::Image> images;
  for (const Json& item : data->as_array()) {
    const Json* text = item.find("b64_json");
    if (text == nullptr || !text->is_string()) return core::corrupt("a picture of the answer has no b64_json");
    const core::Result<core::Bytes> bytes = codec::parse_base64(text->as_string());
    if (!bytes.ok()) return core::corrupt("a picture of the answer is not base64: " + bytes.error().message);
    core::Result<image::Image> picture = image::decode(*bytes, limits);
    if (!picture.ok()) {
      const bool too_large = picture.error().kind == core::ErrorKind::exhausted;
      return core::error(too_large ? core::ErrorKind::invalid : core::ErrorKind::corrupt,
                         "a picture of the answer cannot be read: " + picture.error().message);
    }
    if (expected.width > 0 && (picture->width != expected.width || picture->height != expected.height)) {
      return core::invalid("a picture of the answer has " + std::to_string(picture->width) + "x" +
                           std::to_string(picture->height) + " pixels instead of " + std::to_string(expected.width) +
                           "x" + std::to_string(expected.height));
    }
    images.push_back(image::to_rgb(*picture));
  }
  return images;
}

std::string progress_event(const pipelines::Progress& progress) {
  const Json event =
      Json::object({{"type", "image_generation.progress"}, {"step", progress.step}, {"steps", progress.steps}});
  return "data: " + codec::write_json(event) + "\n\n";
}

core::Result<std::string> completed_events(std::span<const image::Image> images, image::Format format,
                                           std::int64_t created, Purpose purpose) {
  const std::string name = purpose == Purpose::generation ? "image_generation.completed" : "image_edit.completed";
  std::string events;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const image::Image& picture = images[i];
    const Json event = Json::object({{"type", name},
                                     {"b64_json", codec::base64(TRY(encode(picture, format)))},
                                     {"created_at", created},
                                     {"index", static_cast<std::int64_t>(i)},
                                     {"size", std::to_string(picture.width) + "x" + std::to_string(picture.height)},
                                     {"output_format", std::string(name_of(format))},
                                     {"quality", "auto"},
                                     {"background", "auto"}});
    events += "event: " + name + "\ndata: " + codec::write_json(event) + "\n\n";
  }
  return events;
}

std::string error_message(std::string_view body) {
  const auto document = codec::parse_json(body, {body.size(), 8});
  if (document.ok()) {
    const Json* error = document->find("error");
    const Json* message = error == nullptr ? nullptr : error->find("message");
    if (message != nullptr && message->is_string()) return clean_text(message->as_string(), kMaxErrorBytes);
  }
  return clean_text(body, kMaxErrorBytes);
}

std::string clean_text(std::string_view foreign, std::size_t max_bytes) {
  if (foreign.size() > max_bytes) foreign.remove_prefix(foreign.size() - max_bytes);
  std::string cleaned;
  for (std::size_t i = 0; i < foreign.size();) {
    // The longest well-formed character that begins here, if any.
    std::size_t length = 1;
    while (length <= 4 && i + length <= foreign.size() && !codec::is_utf8(foreign.substr(i, length))) ++length;
    if (length > 4 || i + length > foreign.size()) {
      cleaned += '?';
      ++i;
      continue;
    }
    const char first = foreign[i];
    const bool control = length == 1 && first != '\n' && (static_cast<unsigned char>(first) < 0x20 || first == 0x7f);
    cleaned += control ? std::string(" ") : std::string(foreign.substr(i, length));
    i += length;
  }
  return cleaned;
}

}  // namespace noonmark::runner
