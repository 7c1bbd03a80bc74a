#pragma once

#include <vector>

#include "edge/openai/order.h"

namespace noonmark::oip {

/// The Open Inference Protocol, version 2, over HTTP (KServe, Triton and others): pictures by POST
/// /v2/models/NAME/infer. Inputs of one element each: "prompt" (BYTES) and, where wanted, "negative_prompt" (BYTES),
/// "seed" and "steps" (whole numbers), "guidance_scale" (FP32 or FP64). The output "image" is BYTES: a PNG in base64,
/// since JSON carries no bytes; the binary extension isn't spoken.
std::vector<openai::Kind> kinds();
/// What the server is and which models are ready. Health needs no key.
std::vector<openai::Page> pages();

}  // namespace noonmark::oip
