#include "edge/report/internal/markup.h"

#include <cstdint>

namespace noonmark::report {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// Length of the well-formed UTF-8 sequence at the start, 0 when there is none (RFC 3629).
std::size_t sequence_length(std::string_view words) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(words[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xc2 && first <= 0xdf   ? 2
                             : (first & 0xf0) == 0xe0         ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4
                                                              : 0;
  if (length == 0 || words.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const std::uint8_t second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool outside = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return overlong || outside ? 0 : length;
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    case '\'':
      out += "&#39;";
      break;
    default: {
      const auto byte = static_cast<std::uint8_t>(c);
      const bool control = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
      if (control) {
        out += kReplacement;
      } else {
        out += c;
      }
    }
  }
}

std::string open(std::string_view name, Attributes attributes) {
  std::string html = "<";
  html += name;
  for (const auto& [key, value] : attributes) {
    html += ' ';
    html += key;
    html += "=\"";
    html += text(value).html();
    html += '"';
  }
  return html;
}

}  // namespace

Markup text(std::string_view words) {
  std::string html;
  html.reserve(words.size() + words.size() / 8);
  while (!words.empty()) {
    const std::size_t length = sequence_length(words);
    if (length == 0) {
      html += kReplacement;
    } else if (length == 1) {
      append_escaped(html, words.front());
    } else {
      html += words.substr(0, length);
    }
    words.remove_prefix(length == 0 ? 1 : length);
  }
  return Markup(std::move(html));
}

Markup foreign(std::string_view words, std::size_t max_bytes) {
  if (words.size() <= max_bytes) return tag("bdi", text(words));
  std::size_t cut = max_bytes;
  // Not inside of a character.
  while (cut > 0 && (static_cast<std::uint8_t>(words[cut]) & 0xc0) == 0x80) --cut;
  return tag("bdi", text(words.substr(0, cut)) + text("…"));
}

Markup operator""_html(const char* words, std::size_t size) { return Markup(std::string(words, size)); }

Markup tag(std::string_view name, Attributes attributes, const Markup& content) {
  std::string html = open(name, attributes);
  html += '>';
  html += content.html();
  html += "</";
  html += name;
  html += '>';
  return Markup(std::move(html));
}

Markup lone_tag(std::string_view name, Attributes attributes) { return Markup(open(name, attributes) + "/>"); }

}  // namespace noonmark::report
