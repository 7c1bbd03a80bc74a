#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace noonmark::pipelines {

/// Normalises to NFC, lower-cases, and cuts into CLIP's words: 's 't 're 've 'm 'll 'd, runs of letters, single
/// numbers, runs of anything else that is not white space. Lower-casing is by character, so a final sigma is not
/// special. Fails: invalid (not UTF-8).
core::Result<std::vector<std::string>> split_words(std::string_view text);

}  // namespace noonmark::pipelines
