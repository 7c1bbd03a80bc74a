#include <string>
#include <string_view>

#include "model/package/manifest.h"

namespace noonmark::package {
namespace {

core::Error bad_path(std::string_view path, std::string_view rule) {
  // The path is foreign text: what isn't printable is shown as '?', so that it can't write to a terminal.
  std::string shown;
  for (const char c : path.substr(0, 120)) shown += (c >= 0x20 && c != 0x7f) ? c : '?';
  if (path.size() > 120) shown += "…";
  return core::invalid("path '" + shown + "' " + std::string(rule) +
                       "; a package path is relative, with '/' between plain names");
}

/// Bytes of the UTF-8 sequence that begins at `text[at]`; 0 when it isn't well formed (RFC 3629 §4).
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(at + k < text.size() ? text[at + k] : 0); };
  const unsigned first = byte(0);
  const auto follows = [&](std::size_t k) { return (byte(k) & 0xc0u) == 0x80u; };
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool overlong = first == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = first == 0xed && byte(1) > 0x9f;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool overlong = first == 0xf0 && byte(1) < 0x90;
    const bool too_large = first == 0xf4 && byte(1) > 0x8f;
    return follows(1) && follows(2) && follows(3) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

/// The first rule that the characters of `path` break; empty when none.
std::string_view broken_character_rule(std::string_view path) {
  for (std::size_t at = 0; at < path.size();) {
    const auto c = static_cast<unsigned char>(path[at]);
    if (c < 0x20 || c == 0x7f) return "holds a control character";
    if (c == '\\') return "holds a backslash";
    if (c == ':') return "holds a colon";
    const std::size_t length = sequence_length(path, at);
    if (length == 0) return "isn't valid UTF-8";
    at += length;
  }
  return {};
}

}  // namespace

core::Result<void> check_path(std::string_view path, const Limits& limits) {
  if (path.empty()) return bad_path(path, "is empty");
  if (path.size() > limits.path_bytes) return bad_path(path, "is too long");
  if (path.front() == '/') return bad_path(path, "is absolute");
  if (const std::string_view rule = broken_character_rule(path); !rule.empty()) return bad_path(path, rule);
  std::size_t depth = 0;
  for (std::string_view rest = path;;) {
    const auto slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment.empty()) return bad_path(path, "has an empty segment");
    if (segment == "." || segment == "..") return bad_path(path, "has a '.' or '..' segment");
    if (segment.back() == ' ' || segment.back() == '.') return bad_path(path, "has a segment that ends in ' ' or '.'");
    if (++depth > limits.path_depth) return bad_path(path, "is nested too deeply");
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace noonmark::package
