#pragma once

#include <vector>

#include "edge/openai/order.h"

namespace noonmark::sdapi {

/// AUTOMATIC1111's API for whoever already speaks it: txt2img and img2img as work for workers.
///
/// Members that a client of it may send and that ask for nothing (styles [], enable_hr false …) are accepted, those
/// that ask for what isn't here are refused by name. The package decides the sampler. Without width and height the
/// package's own size is made. The model is override_settings.sd_model_checkpoint. White in a mask is painted anew.
std::vector<openai::Kind> kinds();
/// options, sd-models, samplers, progress: what its clients look at before they ask.
std::vector<openai::Page> pages();

}  // namespace noonmark::sdapi
