#pragma once

#include <optional>
#include <string>

#include "base/codec/text.h"
#include "base/core/files.h"

namespace noonmark::scale {

/// The metadata of finney ("mainnet") or its test network ("testnet"), which scripts/setup test takes from npm
/// @bitgo/sdk-coin-tao; nothing when it isn't installed.
inline std::optional<core::Bytes> real_metadata(const std::string& network) {
  const auto text = core::read_text(NOONMARK_SOURCE_DIR "/.deps/chain/" + network + ".js", 4u << 20);
  if (!text.ok()) return std::nullopt;
  const std::size_t begin = text->find("0x6d657461");
  if (begin == std::string::npos) return std::nullopt;
  const std::size_t end = text->find_first_of("'\"`", begin);
  const auto bytes = codec::parse_hex(std::string_view(*text).substr(begin + 2, end - begin - 2));
  return bytes.ok() ? std::optional(*bytes) : std::nullopt;
}

}  // namespace noonmark::scale
