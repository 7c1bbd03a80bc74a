#include "contest/rules/contest.h"

#include <algorithm>

#include "base/core/files.h"

namespace noonmark::rules {

bool is_contest_id(std::string_view text) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 64 && text[0] >= 'a' && text[0] <= 'z' &&
         std::all_of(text.begin(), text.end(), good);
}

core::Result<Contest> parse_contest(std::string_view toml) { return contest_from_json(TRY(codec::parse_toml(toml))); }

core::Result<Contest> load_contest(const std::filesystem::path& file) {
  const std::string text = TRY(core::read_text(file, 1 << 20));
  if (file.extension() != ".json") return parse_contest(text).context(file.string());
  return contest_from_json(TRY(codec::parse_json(text).context(file.string()))).context(file.string());
}

std::filesystem::path baseline_path(const Contest& contest, const std::filesystem::path& file) {
  return (file.parent_path() / contest.baseline).lexically_normal();
}

hash::Digest digest_of(const Contest& contest) { return hash::sha256(codec::write_json(to_json(contest))); }

}  // namespace noonmark::rules
