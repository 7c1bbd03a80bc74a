#pragma once

#include <string>
#include <vector>

#include "edge/openai/order.h"

namespace noonmark::gateway {

/// All work that a gateway takes, in all words.
std::vector<openai::Kind> kinds();
/// All pages that it shows, the document of its API (/openapi.json) among them.
std::vector<openai::Page> pages();

/// api/gateway.openapi.json as it was when the program was built.
const std::string& document();

}  // namespace noonmark::gateway
