#pragma once
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "ledger/book/types.h"

namespace noonmark::cli {

/// "1.5" is 1 500 000 000 rao; exact. Fails: usage (no number, 0, more than nine digits after the point, too much).
core::Result<book::Rao> parse_tao(std::string_view text);

/// "1.500000000".
std::string tao_text(book::Rao amount);

}  // namespace noonmark::cli
