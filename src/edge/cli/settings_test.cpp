#include "edge/cli/settings.h"

#include <gtest/gtest.h>

namespace noonmark::cli {
namespace {

Environment environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string(name));
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

TEST(Settings, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
  const std::string file = "log_level = \"debug\"\nsandbox = \"require\"\nprogress = \"none\"\n";
  const auto settings = Settings::resolve(
      {{"--log-level", "error"}},
      environment({{"NOONMARK_LOG_LEVEL", "info"}, {"NOONMARK_SANDBOX", "auto"}, {"HOME", "/h"}}), file, "c.toml");
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  EXPECT_EQ(settings->text("log_level"), "error");
  EXPECT_EQ(settings->values().at("log_level").origin, "flag --log-level");
  EXPECT_EQ(settings->text("sandbox"), "auto");
  EXPECT_EQ(settings->values().at("sandbox").origin, "environment NOONMARK_SANDBOX");
  EXPECT_EQ(settings->text("progress"), "none");
  EXPECT_EQ(settings->values().at("progress").origin, "file c.toml");
  EXPECT_EQ(settings->values().at("key_file").origin, "default");
}

TEST(Settings, HomeFollowsXdg) {
  const auto home_of = [](std::map<std::string, std::string> variables) {
    return Settings::resolve({}, environment(std::move(variables)), std::nullopt, "")->home().string();
  };
  EXPECT_EQ(home_of({{"HOME", "/h"}}), "/h/.local/share/noonmark");
  EXPECT_EQ(home_of({{"HOME", "/h"}, {"XDG_DATA_HOME", "/x"}}), "/x/noonmark");
  EXPECT_EQ(home_of({{"HOME", "/h"}, {"XDG_DATA_HOME", "relative"}}), "/h/.local/share/noonmark");
  EXPECT_EQ(home_of({{"HOME", "/h"}, {"NOONMARK_HOME", "/n"}}), "/n");
  EXPECT_EQ(home_of({}), ".noonmark");
}

TEST(Settings, TheKeyLiesInTheHomeDirectory) {
  const auto settings = Settings::resolve({{"--home", "/n"}}, environment({}), std::nullopt, "");
  EXPECT_EQ(settings->text("key_file"), "/n/validator.key");
}

TEST(Settings, WrongFilesSayWhatToDo) {
  struct Case {
    std::string file, part;
  };
  for (const Case& c : std::vector<Case>{{"colour = \"red\"", "unknown setting 'colour'"},
                                         {"log_level = 3", "log_level wants text"},
                                         {"log_level = \"loud\"", "permitted: debug, info, warning, error"},
                                         {"log_level", "reading c.toml"}}) {
    const auto settings = Settings::resolve({}, environment({}), c.file, "c.toml");
    ASSERT_FALSE(settings.ok()) << c.file;
    EXPECT_EQ(settings.error().kind, core::ErrorKind::invalid);
    EXPECT_NE(settings.error().message.find(c.part), std::string::npos) << settings.error().message;
  }
}

TEST(SettingSpec, NamesFollowFromTheKey) {
  const SettingSpec spec{"log_level", "", "", {}, ""};
  EXPECT_EQ(spec.flag(), "--log-level");
  EXPECT_EQ(spec.environment(), "NOONMARK_LOG_LEVEL");
}

}  // namespace
}  // namespace noonmark::cli
