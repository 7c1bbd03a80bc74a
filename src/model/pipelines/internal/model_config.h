#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"
#include "model/package/package.h"

namespace noonmark::pipelines {

/// What the package's JSON configs say beyond the graphs. Everything may be missing in an export; a member stays empty
/// then.
struct ModelConfig {
  bool has_force_zeros = false;                       ///< model_index.json speaks of force_zeros_for_empty_prompt
  bool force_zeros = false;                           ///< an absent negative prompt is encoded as zeros
  std::optional<int> hidden_layers, hidden_layers_2;  ///< of text_encoder and text_encoder_2
  std::optional<int> positions, positions_2;          ///< longest sequences
  std::optional<int> time_cond_width;                 ///< unet: width of the guidance embedding
  double scaling_factor = 0.18215;                    ///< vae_decoder; the default is Stable Diffusion 1's
  double shift_factor = 0;
  std::vector<double> latents_mean, latents_std;  ///< per channel
  std::optional<int> vae_factor;                  ///< pixels per latent, from block_out_channels
  bool vae_force_upcast = false;                  ///< the VAE is known to overflow in float16
};

/// Reads model_index.json and the config.json of each part, where they are.
/// Fails: invalid (not JSON, or a member that is used here is of the wrong kind or out of range; the file is named).
core::Result<ModelConfig> read_model_config(const package::Package& package);

/// The JSON object in a listed file, an empty object when the package has no such file.
core::Result<codec::Json> read_json_object(const package::Package& package, const std::string& path);

}  // namespace noonmark::pipelines
