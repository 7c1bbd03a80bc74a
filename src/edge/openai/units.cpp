#include "edge/openai/units.h"

#include <algorithm>

namespace noonmark::openai {
namespace {

constexpr std::int64_t kSide = 64, kSteps = 20, kChannels = 3;
constexpr std::int64_t kTokens = 1000, kUsualTokens = 256, kBytesOfToken = 4;

std::int64_t rounded_up(std::int64_t amount, std::int64_t unit) {
  return std::max<std::int64_t>(1, (amount + unit - 1) / unit);
}

}  // namespace

std::int64_t units_of(const runner::WireRequest& request) {
  const pipelines::ImageRequest& image = request.image;
  if (request.purpose == runner::Purpose::upscale) {
    return rounded_up(static_cast<std::int64_t>(request.files.picture.size()), kSide * kSide * kChannels);
  }
  const std::int64_t pixels = std::int64_t{image.width.value_or(kSide)} * image.height.value_or(kSide);
  return rounded_up(image.n * pixels * image.steps.value_or(kSteps), kSide * kSide * kSteps);
}

std::int64_t units_of(const runner::TextWireRequest& request) {
  std::size_t bytes = request.text.prompt.size();
  for (const language::Message& message : request.text.messages) bytes += message.content.size();
  const std::int64_t written = request.text.max_tokens > 0 ? request.text.max_tokens : kUsualTokens;
  return rounded_up(static_cast<std::int64_t>(bytes) / kBytesOfToken + request.n * written, kTokens);
}

std::int64_t units_of(const runner::EmbeddingRequest& request) {
  std::size_t text = 0, pictures = 0;
  for (const runner::EmbeddingRequest::Input& input : request.inputs) {
    text += input.text.size();
    pictures += input.picture.size();
  }
  const std::int64_t seen =
      pictures == 0 ? 0 : rounded_up(static_cast<std::int64_t>(pictures), kSide * kSide * kChannels);
  const std::int64_t read = text == 0 ? 0 : rounded_up(static_cast<std::int64_t>(text) / kBytesOfToken, kTokens);
  return std::max<std::int64_t>(1, seen + read);
}

}  // namespace noonmark::openai
