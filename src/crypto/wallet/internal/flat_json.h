#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace noonmark::wallet {

/// One JSON object whose members are strings without escapes, numbers, true, false or null, read in place: a key file's
/// secrets are not copied about. Borrows the text.
class FlatJson {
 public:
  /// At most 64 members. Fails: corrupt.
  static core::Result<FlatJson> parse(std::string_view text);

  /// The text of a member; nothing where it is missing or no string.
  std::optional<std::string_view> text(std::string_view name) const;
  /// A number, true, false or null as it is spelt; nothing where it is missing or a string.
  std::optional<std::string_view> word(std::string_view name) const;

 private:
  struct Member {
    std::string_view name, value;
    bool is_text;
  };
  const Member* find(std::string_view name) const;

  std::vector<Member> members_;
};

}  // namespace noonmark::wallet
