#include "crypto/wallet/internal/flat_json.h"

#include <algorithm>

namespace noonmark::wallet {
namespace {

constexpr std::size_t kMaxMembers = 64;

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool take(char c) {
    skip_space();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<std::string_view> quoted() {
    if (!take('"')) return std::nullopt;
    const std::size_t size = rest_.find_first_of("\"\\");
    if (size == std::string_view::npos || rest_[size] == '\\') return std::nullopt;
    return cut(size, 1);
  }

  /// A number or literal. No member that matters is one, so its spelling is looked at no closer.
  std::optional<std::string_view> word() {
    skip_space();
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' || c == 'E';
    });
    if (end == rest_.begin()) return std::nullopt;
    return cut(static_cast<std::size_t>(end - rest_.begin()), 0);
  }

  bool at_end() {
    skip_space();
    return rest_.empty();
  }

 private:
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }
  std::string_view cut(std::size_t size, std::size_t behind) {
    const std::string_view part = rest_.substr(0, size);
    rest_.remove_prefix(size + behind);
    return part;
  }

  std::string_view rest_;
};

}  // namespace

core::Result<FlatJson> FlatJson::parse(std::string_view text) {
  const core::Error broken = core::corrupt("it isn't a JSON object of plain texts; restore the file from a backup");
  Reader reader(text);
  if (!reader.take('{')) return broken;
  FlatJson object;
  for (bool first = true; !reader.take('}'); first = false) {
    if (!first && !reader.take(',')) return broken;
    const auto name = reader.quoted();
    if (!name || !reader.take(':') || object.find(*name) != nullptr) return broken;
    const auto value = reader.quoted();
    const auto word = value ? std::nullopt : reader.word();
    if ((!value && !word) || object.members_.size() == kMaxMembers) return broken;
    object.members_.push_back({*name, value ? *value : *word, value.has_value()});
  }
  if (!reader.at_end()) return broken;
  return object;
}

const FlatJson::Member* FlatJson::find(std::string_view name) const {
  const auto found =
      std::find_if(members_.begin(), members_.end(), [&](const Member& one) { return one.name == name; });
  return found == members_.end() ? nullptr : &*found;
}

std::optional<std::string_view> FlatJson::text(std::string_view name) const {
  const Member* member = find(name);
  return member != nullptr && member->is_text ? std::optional(member->value) : std::nullopt;
}

std::optional<std::string_view> FlatJson::word(std::string_view name) const {
  const Member* member = find(name);
  return member != nullptr && !member->is_text ? std::optional(member->value) : std::nullopt;
}

}  // namespace noonmark::wallet
