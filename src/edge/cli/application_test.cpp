#include "edge/cli/application.h"

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "edge/cli/commands.h"

namespace noonmark::cli {
namespace {

struct Fixture {
  std::map<std::string, std::string> variables{{"HOME", "/nonexistent"}};
  std::string out, err;
  core::FakeClock clock;
  std::atomic<bool> stop{false};
  bool out_works = true;

  ExitCode run(const std::vector<Command>& commands, std::vector<std::string> arguments) {
    out.clear();
    err.clear();
    const Surroundings around{.environment = [this](std::string_view name) -> std::optional<std::string> {
                                const auto found = variables.find(std::string(name));
                                if (found == variables.end()) return std::nullopt;
                                return found->second;
                              },
                              .out = [this](std::string_view text) { return out += text, out_works; },
                              .err = [this](std::string_view text) { err += text; },
                              .clock = clock,
                              .stop = stop};
    return run_application(commands, arguments, around);
  }
};

std::vector<Command> one(std::function<core::Result<Answer>(Context&)> run) {
  return {{{"act", "Act", {}}, std::move(run)}};
}

TEST(Application, EveryKindOfFailureHasItsExitCodeAndOneLine) {
  using core::ErrorKind;
  const std::vector<std::pair<ErrorKind, int>> expected = {
      {ErrorKind::usage, 2},     {ErrorKind::invalid, 3},     {ErrorKind::not_found, 3}, {ErrorKind::denied, 3},
      {ErrorKind::conflict, 3},  {ErrorKind::exhausted, 3},   {ErrorKind::corrupt, 3},   {ErrorKind::timeout, 4},
      {ErrorKind::cancelled, 4}, {ErrorKind::unavailable, 4}, {ErrorKind::internal, 5}};
  Fixture f;
  for (const auto& [kind, code] : expected) {
    const auto exit = f.run(
        one([failure = kind](Context&) -> core::Result<Answer> { return core::error(failure, "do\nthis"); }), {"act"});
    EXPECT_EQ(static_cast<int>(exit), code);
    EXPECT_EQ(f.err, "noonmark: do this\n");
    EXPECT_EQ(f.out, "");
  }
}

TEST(Application, ResultsGoToStdoutInTheWantedForm) {
  Fixture f;
  const auto commands = one([](Context& context) -> core::Result<Answer> {
    context.output.print(codec::Json::object({{"a", 1}}), "a is 1\n");
    return Answer::no;
  });
  EXPECT_EQ(f.run(commands, {"act"}), ExitCode::no);
  EXPECT_EQ(f.out, "a is 1\n");
  EXPECT_EQ(f.run(commands, {"act", "--json"}), ExitCode::no);
  const auto parsed = codec::parse_json(f.out);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, codec::Json::object({{"a", 1}}));
  f.out_works = false;
  EXPECT_EQ(f.run(commands, {"act"}), ExitCode::internal) << "a full disk is no success";
}

TEST(Application, ADemandedConfigurationFileMustExist) {
  Fixture f;
  EXPECT_EQ(f.run(config_commands(), {"config", "check"}), ExitCode::ok) << f.err;
  EXPECT_EQ(f.run(config_commands(), {"config", "check", "--config", "/nonexistent/c.toml"}), ExitCode::bad_input);
  auto folder = core::TempDir::create("cli");
  ASSERT_TRUE(folder.ok());
  const std::string file = (folder->path() / "c.toml").string();
  ASSERT_TRUE(core::write_file_atomic(file, std::string_view("log_level = \"loud\"")).ok());
  EXPECT_EQ(f.run(config_commands(), {"config", "check", "--config", file}), ExitCode::bad_input);
  EXPECT_NE(f.err.find("permitted: debug"), std::string::npos) << f.err;
  f.variables["NOONMARK_LOG_LEVEL"] = "info";
  EXPECT_EQ(f.run(config_commands(), {"config", "print", "--config", file, "--json"}), ExitCode::ok);
  const auto printed = codec::parse_json(f.out);
  ASSERT_TRUE(printed.ok());
  EXPECT_EQ(printed->find("log_level")->find("origin")->as_string(), "environment NOONMARK_LOG_LEVEL");
}

TEST(Application, HelpIsNoFailure) {
  Fixture f;
  EXPECT_EQ(f.run(config_commands(), {"--help"}), ExitCode::ok);
  EXPECT_NE(f.out.find("config"), std::string::npos);
  EXPECT_EQ(f.err, "");
}

}  // namespace
}  // namespace noonmark::cli
