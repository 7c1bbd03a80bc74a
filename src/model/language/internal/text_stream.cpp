#include "model/language/internal/text_stream.h"

#include <algorithm>

namespace noonmark::language {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// Bytes at the end that begin a character and lack its rest.
std::size_t unfinished(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return back < length ? back : 0;
  }
  return 0;
}

/// Bytes that are no UTF-8 become U+FFFD.
std::string repaired(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    const std::size_t length = byte < 0x80                   ? 1
                               : byte >= 0xf0 && byte < 0xf5 ? 4
                               : byte >= 0xe0                ? 3
                               : byte >= 0xc2                ? 2
                                                             : 0;
    const bool whole = length > 0 && byte < 0xf5 && length <= text.size() &&
                       std::ranges::all_of(text.substr(1, length - 1), [](char c) { return (c & 0xc0) == 0x80; });
    out += whole ? text.substr(0, length) : kReplacement;
    text.remove_prefix(whole ? length : 1);
  }
  return out;
}

}  // namespace

/// Where the longest ending that a stop begins with starts.
std::size_t TextStream::held_from() const {
  std::size_t from = held_.size() - unfinished(held_);
  for (const std::string& stop : stops_) {
    const std::size_t most = std::min(stop.size() - 1, held_.size());
    for (std::size_t length = most; length > 0; --length) {
      if (!std::string_view(held_).ends_with(std::string_view(stop).substr(0, length))) continue;
      from = std::min(from, held_.size() - length);
      break;
    }
  }
  return from;
}

std::string TextStream::take(std::string_view bytes) {
  if (stopped_) return "";
  held_ += bytes;
  std::size_t stop_at = std::string::npos;
  for (const std::string& stop : stops_) stop_at = std::min(stop_at, held_.find(stop));
  stopped_ = stop_at != std::string::npos;
  const std::size_t shown = stopped_ ? stop_at : held_from();
  std::string text = repaired(held_.substr(0, shown));
  held_.erase(0, stopped_ ? held_.size() : shown);
  return text;
}

std::string TextStream::finish() {
  std::string text = repaired(held_);
  held_.clear();
  return text;
}

}  // namespace noonmark::language
