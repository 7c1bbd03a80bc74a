#include "model/pipelines/internal/model_config.h"

namespace noonmark::pipelines {
namespace {

using codec::Json;

constexpr std::uint64_t kMaxConfigBytes = 1u << 20;
constexpr std::size_t kMaxChannels = 256;
constexpr std::size_t kMaxBlocks = 12;

const Json* present(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

core::Error wrong(const std::string& file, std::string_view key, const std::string& wanted) {
  return core::invalid(file + ": " + std::string(key) + " must be " + wanted);
}

core::Result<std::optional<int>> whole(const Json& object, const std::string& file, std::string_view key, int low,
                                       int high) {
  const Json* value = present(object, key);
  if (value == nullptr) return std::optional<int>();
  if (!value->is_integer() || value->as_integer() < low || value->as_integer() > high) {
    return wrong(file, key, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return std::optional<int>(static_cast<int>(value->as_integer()));
}

core::Result<double> number(const Json& object, const std::string& file, std::string_view key, double fallback) {
  const Json* value = present(object, key);
  if (value == nullptr) return fallback;
  if (!value->is_number() || std::abs(value->as_number()) > 1e6) return wrong(file, key, "a number within ±1000000");
  return value->as_number();
}

core::Result<bool> flag(const Json& object, const std::string& file, std::string_view key, bool fallback) {
  const Json* value = present(object, key);
  if (value == nullptr) return fallback;
  if (!value->is_bool()) return wrong(file, key, "true or false");
  return value->as_bool();
}

core::Result<std::vector<double>> numbers(const Json& object, const std::string& file, std::string_view key) {
  std::vector<double> list;
  const Json* value = present(object, key);
  if (value == nullptr) return list;
  if (!value->is_array() || value->as_array().size() > kMaxChannels) return wrong(file, key, "a list of numbers");
  for (const Json& entry : value->as_array()) {
    if (!entry.is_number() || std::abs(entry.as_number()) > 1e6) return wrong(file, key, "a list of numbers");
    list.push_back(entry.as_number());
  }
  return list;
}

core::Result<void> read_vae(const package::Package& package, ModelConfig& config) {
  const std::string file = "vae_decoder/config.json";
  const Json json = TRY(read_json_object(package, file));
  config.scaling_factor = TRY(number(json, file, "scaling_factor", config.scaling_factor));
  if (!(config.scaling_factor > 1e-6)) return wrong(file, "scaling_factor", "above 0");
  config.shift_factor = TRY(number(json, file, "shift_factor", 0));
  config.latents_mean = TRY(numbers(json, file, "latents_mean"));
  config.latents_std = TRY(numbers(json, file, "latents_std"));
  if (config.latents_mean.size() != config.latents_std.size()) {
    return wrong(file, "latents_mean", "given together with latents_std, both of the same length");
  }
  config.vae_force_upcast = TRY(flag(json, file, "force_upcast", false));
  const Json* blocks = present(json, "block_out_channels");
  if (blocks == nullptr) return {};
  if (!blocks->is_array() || blocks->as_array().empty() || blocks->as_array().size() > kMaxBlocks) {
    return wrong(file, "block_out_channels", "a list of 1 to 12 numbers");
  }
  // Each block but the last doubles the resolution.
  config.vae_factor = 1 << (blocks->as_array().size() - 1);
  return {};
}

core::Result<void> read_encoder(const package::Package& package, const std::string& part, std::optional<int>& layers,
                                std::optional<int>& positions) {
  const std::string file = part + "/config.json";
  const Json json = TRY(read_json_object(package, file));
  layers = TRY(whole(json, file, "num_hidden_layers", 1, 1000));
  positions = TRY(whole(json, file, "max_position_embeddings", 2, 4096));
  return {};
}

}  // namespace

core::Result<Json> read_json_object(const package::Package& package, const std::string& path) {
  if (!package.contains(path)) return Json::object();
  const std::string text = TRY(package.read_text(path, kMaxConfigBytes));
  Json json = TRY(codec::parse_json(text).context(path));
  if (!json.is_object()) return core::invalid(path + ": an object is expected");
  return json;
}

core::Result<ModelConfig> read_model_config(const package::Package& package) {
  ModelConfig config;
  const Json index = TRY(read_json_object(package, "model_index.json"));
  config.has_force_zeros = present(index, "force_zeros_for_empty_prompt") != nullptr;
  config.force_zeros = TRY(flag(index, "model_index.json", "force_zeros_for_empty_prompt", false));
  TRY(read_encoder(package, "text_encoder", config.hidden_layers, config.positions));
  TRY(read_encoder(package, "text_encoder_2", config.hidden_layers_2, config.positions_2));
  const Json unet = TRY(read_json_object(package, "unet/config.json"));
  config.time_cond_width = TRY(whole(unet, "unet/config.json", "time_cond_proj_dim", 2, 65536));
  TRY(read_vae(package, config));
  return config;
}

}  // namespace noonmark::pipelines
