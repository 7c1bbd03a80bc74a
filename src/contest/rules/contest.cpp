#include "contest/rules/contest.h"

#include "base/core/files.h"

namespace noonmark::rules {

core::Result<Contest> parse_contest(std::string_view toml) { return contest_from_json(TRY(codec::parse_toml(toml))); }

core::Result<Contest> load_contest(const std::filesystem::path& file) {
  const std::string text = TRY(core::read_text(file, 1 << 20));
  return parse_contest(text).context(file.string());
}

std::filesystem::path baseline_path(const Contest& contest, const std::filesystem::path& file) {
  return (file.parent_path() / contest.baseline).lexically_normal();
}

hash::Digest digest_of(const Contest& contest) { return hash::sha256(codec::write_json(to_json(contest))); }

}  // namespace noonmark::rules
