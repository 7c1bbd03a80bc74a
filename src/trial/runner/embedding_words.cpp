#include "trial/runner/embedding_words.h"

#include <bit>
#include <cstdint>

#include "base/codec/fields.h"
#include "base/codec/json.h"
#include "base/codec/text.h"
#include "trial/runner/picture_files.h"
#include "trial/runner/protocol.h"

namespace noonmark::runner {
namespace {

using codec::Fields;
using codec::Json;

constexpr int kMostDimensions = 1 << 20;

core::Result<EmbeddingRequest::Input> read_input(const Json& json, const std::string& where) {
  EmbeddingRequest::Input input;
  if (json.is_string()) {
    input.text = json.as_string();
    if (input.text.empty()) return core::invalid(where + ": must not be empty");
    if (input.text.size() > kMaxEmbeddedTextBytes) return core::invalid(where + ": must have at most 16 KiB");
    return input;
  }
  if (!json.is_object()) {
    return core::invalid(where + ": must be a text, or {\"image\": base64}; numbers of tokens aren't taken");
  }
  Fields fields(json, where);
  if (!fields.has("image")) fields.fail("image", "is missing");
  input.picture = read_picture_file(fields, "image");
  TRY(fields.finish());
  return input;
}

core::Result<std::vector<EmbeddingRequest::Input>> read_inputs(const Json& json) {
  std::vector<EmbeddingRequest::Input> inputs;
  if (!json.is_array()) {
    inputs.push_back(TRY(read_input(json, "request.input")));
    return inputs;
  }
  const Json::Array& list = json.as_array();
  if (list.empty() || list.size() > kMaxEmbedded) {
    return core::invalid("request.input: must hold 1 to " + std::to_string(kMaxEmbedded) + " inputs");
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    inputs.push_back(TRY(read_input(list[i], "request.input[" + std::to_string(i) + "]")));
  }
  return inputs;
}

std::string little_endian(const std::vector<float>& values) {
  core::Bytes bytes;
  bytes.reserve(values.size() * sizeof(float));
  for (const float value : values) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(bits >> shift));
  }
  return codec::base64(bytes);
}

}  // namespace

core::Result<EmbeddingRequest> parse_embedding_request(std::string_view json) {
  const Json document = TRY(codec::parse_json(json, {kMaxPictureRequestBytes, 8}));
  if (!document.is_object()) return core::invalid("the request must be a JSON object");
  Fields fields(document, "request");
  EmbeddingRequest request;
  const Json& input = fields.child("input");
  request.model = fields.text_or("model", "", 256);
  const std::string format = fields.text_or("encoding_format", "float", 16);
  if (format != "float" && format != "base64") fields.fail("encoding_format", "must be float or base64");
  request.base64 = format == "base64";
  if (fields.has("dimensions")) {
    request.dimensions = static_cast<int>(fields.integer("dimensions", 1, kMostDimensions));
  }
  (void)fields.text_or("user", "", 256);
  TRY(fields.finish());
  request.inputs = TRY(read_inputs(input));
  return request;
}

std::string write_embedding_request(const EmbeddingRequest& request) {
  Json inputs = Json::array();
  for (const EmbeddingRequest::Input& input : request.inputs) {
    if (input.picture.empty()) {
      inputs.push_back(input.text);
    } else {
      inputs.push_back(Json::object({{"image", codec::base64(core::as_bytes(input.picture))}}));
    }
  }
  Json json = Json::object({{"input", std::move(inputs)}, {"encoding_format", request.base64 ? "base64" : "float"}});
  if (!request.model.empty()) json["model"] = request.model;
  if (request.dimensions) json["dimensions"] = *request.dimensions;
  return codec::write_json(json);
}

std::string write_embeddings(const std::vector<std::vector<float>>& embeddings, bool base64, const std::string& model,
                             int tokens) {
  Json data = Json::array();
  for (std::size_t i = 0; i < embeddings.size(); ++i) {
    Json values = Json::array();
    if (base64) {
      values = Json(little_endian(embeddings[i]));
    } else {
      for (const float value : embeddings[i]) values.push_back(Json(double{value}));
    }
    data.push_back(Json::object({{"object", "embedding"}, {"index", i}, {"embedding", std::move(values)}}));
  }
  return codec::write_json(
      Json::object({{"object", "list"},
                    {"data", std::move(data)},
                    {"model", model},
                    {"usage", Json::object({{"prompt_tokens", tokens}, {"total_tokens", tokens}})}}));
}

}  // namespace noonmark::runner
