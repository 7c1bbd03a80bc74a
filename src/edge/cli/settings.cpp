#include "edge/cli/settings.h"

#include <algorithm>
#include <cctype>

#include "base/core/check.h"

namespace noonmark::cli {
namespace {

const SettingSpec* find_spec(std::string_view key) {
  const auto& specs = setting_specs();
  const auto found = std::find_if(specs.begin(), specs.end(), [&](const SettingSpec& spec) { return spec.key == key; });
  return found == specs.end() ? nullptr : &*found;
}

core::Result<void> check_choice(const SettingSpec& spec, const SettingValue& value) {
  if (spec.choices.empty()) return {};
  if (std::find(spec.choices.begin(), spec.choices.end(), value.value) != spec.choices.end()) return {};
  std::string permitted;
  for (const std::string& choice : spec.choices) permitted += (permitted.empty() ? "" : ", ") + choice;
  return core::invalid(value.origin + ": " + spec.key + " is '" + value.value + "'; permitted: " + permitted);
}

core::Result<std::map<std::string, std::string>> read_file_values(const std::string& text, const std::string& name) {
  const codec::Json file = TRY(codec::parse_toml(text).context("reading " + name));
  std::map<std::string, std::string> values;
  for (const auto& [key, value] : file.as_object()) {
    if (find_spec(key) == nullptr) {
      return core::invalid(name + ": unknown setting '" + key + "'; 'noonmark config print' lists them");
    }
    if (!value.is_string()) return core::invalid(name + ": " + key + " wants text in quotes");
    values[key] = value.as_string();
  }
  return values;
}

}  // namespace

std::string SettingSpec::flag() const {
  std::string name = "--" + key;
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string SettingSpec::environment() const {
  std::string name = "NOONMARK_" + key;
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  return name;
}

const std::vector<SettingSpec>& setting_specs() {
  static const std::vector<SettingSpec> specs = {
      {"home", "", "where this user's data lies (default: $XDG_DATA_HOME/noonmark)", {}, "DIR"},
      {"key_file", "", "the validator's signing key (default: validator.key in the data directory)", {}, "FILE"},
      {"log_level", "warning", "how much is told on stderr", {"debug", "info", "warning", "error"}, "LEVEL"},
      {"progress", "auto", "progress on stderr", {"auto", "bar", "lines", "none"}, "STYLE"},
      {"sandbox",
       "auto",
       "the wall around packages: 'require' refuses where a part of it is missing, 'auto' warns in the record, 'none' "
       "is "
       "for trusted packages where no wall can be built",
       {"auto", "require", "none"},
       "MODE"},
      {"releases_url", "", "where 'noonmark version --check' finds the newest release's statement", {}, "URL"},
      {"releases_key", "", "who signs that statement", {}, "SS58"},
  };
  return specs;
}

core::Result<Settings> Settings::resolve(const std::map<std::string, std::string>& flags,
                                         const Environment& environment, const std::optional<std::string>& file_text,
                                         const std::string& file_name) {
  std::map<std::string, std::string> in_file;
  if (file_text) in_file = TRY(read_file_values(*file_text, file_name));
  Settings settings;
  for (const SettingSpec& spec : setting_specs()) {
    SettingValue value{spec.fallback, "default"};
    if (const auto found = in_file.find(spec.key); found != in_file.end()) value = {found->second, "file " + file_name};
    if (const auto found = environment(spec.environment())) value = {*found, "environment " + spec.environment()};
    if (const auto found = flags.find(spec.flag()); found != flags.end())
      value = {found->second, "flag " + spec.flag()};
    TRY(check_choice(spec, value));
    settings.values_[spec.key] = value;
  }
  SettingValue& home = settings.values_["home"];
  if (home.value.empty()) home.value = xdg_directory(environment, "DATA", ".local/share").string();
  SettingValue& key_file = settings.values_["key_file"];
  if (key_file.value.empty()) key_file.value = (settings.home() / "validator.key").string();
  return settings;
}

const std::string& Settings::text(std::string_view key) const {
  const auto found = values_.find(key);
  CHECK(found != values_.end(), "no such setting");
  return found->second.value;
}

std::filesystem::path Settings::home() const { return text("home"); }

std::filesystem::path xdg_directory(const Environment& environment, std::string_view kind, std::string_view fallback) {
  const auto xdg = environment("XDG_" + std::string(kind) + "_HOME");
  if (xdg && std::filesystem::path(*xdg).is_absolute()) return std::filesystem::path(*xdg) / "noonmark";
  const auto home = environment("HOME");
  if (home && std::filesystem::path(*home).is_absolute()) return std::filesystem::path(*home) / fallback / "noonmark";
  return ".noonmark";
}

}  // namespace noonmark::cli
