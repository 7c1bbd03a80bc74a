#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace noonmark::language {

/// Turns the bytes of tokens into text that can be shown: whole characters, and nothing that a stop might begin in.
class TextStream {
 public:
  explicit TextStream(const std::vector<std::string>& stops) : stops_(stops) {}

  /// What can be shown now.
  std::string take(std::string_view bytes);
  /// A stop has come: nothing follows.
  bool stopped() const { return stopped_; }
  /// What was held back, at the end of the text. Half a character becomes U+FFFD.
  std::string finish();

 private:
  std::size_t held_from() const;

  const std::vector<std::string>& stops_;
  std::string held_;
  bool stopped_ = false;
};

}  // namespace noonmark::language
