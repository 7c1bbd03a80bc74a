#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace noonmark::report {

using Attributes = std::initializer_list<std::pair<std::string_view, std::string>>;

/// HTML that is safe to put on the page. Text becomes Markup only by being escaped (`text`) or by being written in this
/// program (the literal `_html`), so a stranger's name can't become a tag by an oversight.
class Markup {
 public:
  Markup() = default;
  Markup& operator+=(const Markup& other) {
    html_ += other.html_;
    return *this;
  }
  friend Markup operator+(Markup a, const Markup& b) { return a += b; }
  const std::string& html() const { return html_; }
  bool empty() const { return html_.empty(); }

 private:
  explicit Markup(std::string html) : html_(std::move(html)) {}
  friend Markup text(std::string_view words);
  friend Markup operator""_html(const char* words, std::size_t size);
  friend Markup tag(std::string_view name, Attributes attributes, const Markup& content);
  friend Markup lone_tag(std::string_view name, Attributes attributes);
  std::string html_;
};

/// Any text, escaped for content and attributes. Bytes that are not UTF-8 and control characters other than newline and
/// tab become U+FFFD.
Markup text(std::string_view words);

/// Text from outside: escaped, cut at `max_bytes` (with an ellipsis), and isolated in <bdi>, so that right-to-left
/// overrides in it can't turn what follows.
Markup foreign(std::string_view words, std::size_t max_bytes = 400);

/// Markup as written in this program.
Markup operator""_html(const char* words, std::size_t size);

/// The same for a longer piece that has a name: only arrays of characters that this program is compiled with fit.
template <std::size_t N>
Markup literal(const char (&words)[N]) {
  return operator""_html(words, N - 1);
}

/// <name attributes>content</name>. Attribute values are escaped; names are this program's own.
Markup tag(std::string_view name, Attributes attributes, const Markup& content);
inline Markup tag(std::string_view name, const Markup& content) { return tag(name, {}, content); }

/// <name attributes/>, for SVG shapes and void elements.
Markup lone_tag(std::string_view name, Attributes attributes);

}  // namespace noonmark::report
