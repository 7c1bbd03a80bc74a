#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"

namespace noonmark::cli {

/// One thing that can be configured: as a flag (`--log-level`), in the environment (`NOONMARK_LOG_LEVEL`), or in the
/// TOML file (`log_level = "…"`). The first of these that says something wins; then the default.
struct SettingSpec {
  std::string key;                   ///< snake_case
  std::string fallback;              ///< the default, as text
  std::string help;                  ///< one line
  std::vector<std::string> choices;  ///< permitted words; empty = any text
  std::string placeholder = "TEXT";  ///< of the flag's value in the help

  std::string flag() const;         ///< "--log-level"
  std::string environment() const;  ///< "NOONMARK_LOG_LEVEL"
};

/// Every setting of the program, in the order of `config print`.
const std::vector<SettingSpec>& setting_specs();

/// Looks a variable of the environment up; nothing when it isn't set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

struct SettingValue {
  std::string value;
  std::string origin;  ///< "default", "flag --home", "environment NOONMARK_HOME", "file /home/a/.config/…"
};

/// The settings in force. A plain value.
class Settings {
 public:
  /// `flags` holds what the command line said, by flag; `file_text` the TOML file, when there is one.
  /// Fails: invalid, when the file isn't TOML, has an unknown key or a value isn't permitted; the message says where.
  static core::Result<Settings> resolve(const std::map<std::string, std::string>& flags, const Environment& environment,
                                        const std::optional<std::string>& file_text, const std::string& file_name);

  /// Requires a key of setting_specs().
  const std::string& text(std::string_view key) const;
  const std::map<std::string, SettingValue, std::less<>>& values() const { return values_; }

  /// Where everything of this user lies: the setting `home`, else $XDG_DATA_HOME/noonmark, else
  /// ~/.local/share/noonmark.
  std::filesystem::path home() const;

 private:
  std::map<std::string, SettingValue, std::less<>> values_;
};

/// $XDG_<kind>_HOME/noonmark, or `fallback`/noonmark below $HOME (XDG Base Directory Specification 0.8: a relative
/// value counts as unset). `.noonmark` below the working directory when HOME isn't set either.
std::filesystem::path xdg_directory(const Environment& environment, std::string_view kind, std::string_view fallback);

}  // namespace noonmark::cli
