#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "model/image/image.h"
#include "model/pipelines/pipeline.h"

namespace noonmark::runner {

/// The words of the runner protocol (api/runner.openapi.yaml): OpenAI's images API with documented extensions.
inline constexpr std::string_view kHealthPath = "/health";
inline constexpr std::string_view kModelsPath = "/v1/models";
inline constexpr std::string_view kImagesPath = "/v1/images/generations";
inline constexpr std::string_view kEditsPath = "/v1/images/edits";
inline constexpr std::string_view kVariationsPath = "/v1/images/variations";
inline constexpr std::string_view kUpscalesPath = "/v1/images/upscales";  ///< ours

inline constexpr std::size_t kMaxRequestBytes = 256 * 1024;
inline constexpr std::size_t kMaxPictureBytes = std::size_t{8} << 20;          ///< of one picture in a request
inline constexpr std::size_t kMaxPictureRequestBytes = std::size_t{24} << 20;  ///< of a request with pictures

/// What a request for pictures begins with.
enum class Purpose {
  generation,  ///< a prompt
  edit,        ///< a picture and a prompt, perhaps a mask
  variation,   ///< a picture
  upscale,     ///< a picture, to be made larger as it is
};
std::string_view path_of(Purpose purpose);
/// Nothing for another path.
std::optional<Purpose> purpose_of(std::string_view path);

/// Pictures as they came, not looked into.
struct Files {
  std::string picture, mask;
};

/// What a mask means.
enum class MaskRule {
  transparent_is_painted,  ///< OpenAI's: the transparent is painted; without an alpha channel, white
  white_is_painted,        ///< AUTOMATIC1111's: the opaque where alpha varies, else white
  black_is_painted,        ///< the other way round
};

struct WireRequest {
  Purpose purpose = Purpose::generation;
  pipelines::ImageRequest image;  ///< without its picture and mask
  Files files;                    ///< with_pictures() reads them
  MaskRule mask = MaskRule::transparent_is_painted;
  image::Format format = image::Format::png;  ///< of the pictures in the answer
  bool stream = false;                        ///< Server-Sent Events with progress
  std::string model;                          ///< as the request names it; a runner has one and doesn't look
  bool seeded = false;                        ///< the request names a seed
};

/// The request with its picture and mask read; without a mask, what is transparent in the picture itself is painted
/// anew.
/// Fails: invalid, exhausted (no picture of a known kind, or too large).
core::Result<pipelines::ImageRequest> with_pictures(const WireRequest& request);

/// Fails: invalid, naming the member. Members that OpenAI's clients send and that mean nothing here (user, quality,
/// style, background, moderation, partial_images, output_compression) are accepted; unknown ones are refused.
/// `files`: those that came beside the JSON instead of in it.
core::Result<WireRequest> parse_request(std::string_view json, Purpose purpose = Purpose::generation, Files files = {});
/// Fails: invalid (a seed above 2^63 - 1, which JSON readers do not keep).
core::Result<std::string> write_request(const WireRequest& request);

/// {"created","data":[{"b64_json"}…],"output_format"}. Fails: as the image encoders.
core::Result<std::string> write_answer(std::span<const image::Image> images, image::Format format,
                                       std::int64_t created);

/// What an answer must hold to be believed.
struct Expected {
  int images = 1;
  int width = 0, height = 0;  ///< 0: any
};

/// The pictures of a foreign answer, as RGB. Fails: corrupt (not the agreed shape, broken picture), invalid (another
/// number or size of pictures than was asked for), exhausted.
core::Result<std::vector<image::Image>> parse_answer(std::string_view json, const Expected& expected);

/// One event of a stream, "data: …\n\n".
std::string progress_event(const pipelines::Progress& progress);
/// For each picture an event of OpenAI's shape, "image_generation.completed" (or "image_edit.completed") with b64_json,
/// and its place among them. Fails: as the image encoders.
core::Result<std::string> completed_events(std::span<const image::Image> images, image::Format format,
                                           std::int64_t created, Purpose purpose = Purpose::generation);

/// The message of an OpenAI-shaped error body, cleaned of control characters and cut; the body itself, cleaned, when it
/// is something else.
std::string error_message(std::string_view body);

/// Foreign text made fit for a record: valid UTF-8, no control characters but newlines, at most `max_bytes` (the end is
/// kept).
std::string clean_text(std::string_view foreign, std::size_t max_bytes);

}  // namespace noonmark::runner
