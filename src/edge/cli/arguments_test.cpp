#include "edge/cli/arguments.h"

#include <gtest/gtest.h>

namespace noonmark::cli {
namespace {

Grammar example() {
  Grammar grammar;
  grammar.program = "noonmark";
  grammar.version = "1.2.3";
  grammar.groups = {{"contest", "Contests"}};
  grammar.global = {{"--json", "", "JSON", false, false}, {"--home", "DIR", "Home", false, false}};
  grammar.commands = {
      {"up", "Everything", {{"--once", "", "End after one", false, false}}},
      {"contest run",
       "Run one",
       {{"FILE", "", "Contest", true, false},
        {"--entry", "DIR", "Entry", false, true},
        {"-o,--out", "DIR", "Results", false, false},
        {"--seed", "N", "Seed", false, false}}},
      {"contest list", "List", {}},
      {"compare", "Two", {{"LEFT", "", "", true, false}, {"RIGHT", "", "", true, false}}},
      {"sum", "Many", {{"FIRST", "", "", true, false}, {"MORE", "", "", false, true}}},
  };
  return grammar;
}

core::Result<ParsedArguments> parse(std::vector<std::string> arguments) {
  const Grammar grammar = example();
  return parse_arguments(grammar, arguments);
}

TEST(Arguments, RepeatedOptionsKeepTheirOrderAndDoNotSwallowTheOperand) {
  const auto parsed = parse({"contest", "run", "--entry", "a", "c.toml", "--entry", "b", "-o", "o"});
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->invocation.command(), "contest run");
  EXPECT_EQ(parsed->invocation.text("FILE"), "c.toml");
  EXPECT_EQ(parsed->invocation.texts("--entry"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parsed->invocation.text("--out"), "o");
  EXPECT_FALSE(parsed->invocation.has("--json"));
}

TEST(Arguments, OperandsFillTheirPlacesInOrder) {
  const auto two = parse({"compare", "a", "b"});
  ASSERT_TRUE(two.ok()) << two.error().message;
  EXPECT_EQ(two->invocation.text("LEFT"), "a");
  EXPECT_EQ(two->invocation.text("RIGHT"), "b");
  EXPECT_FALSE(parse({"compare", "a"}).ok());
  const auto many = parse({"sum", "a", "b", "c"});
  ASSERT_TRUE(many.ok()) << many.error().message;
  EXPECT_EQ(many->invocation.texts("MORE"), (std::vector<std::string>{"b", "c"}));
  EXPECT_FALSE(parse({"sum", "a"})->invocation.has("MORE"));
}

TEST(Arguments, GlobalOptionsStandBeforeOrAfterTheCommand) {
  for (const auto& line : std::vector<std::vector<std::string>>{{"--json", "--home", "h", "contest", "list"},
                                                                {"contest", "list", "--home", "h", "--json"}}) {
    const auto parsed = parse(line);
    ASSERT_TRUE(parsed.ok()) << parsed.error().message;
    EXPECT_TRUE(parsed->invocation.has("--json"));
    EXPECT_EQ(parsed->invocation.text("--home"), "h");
  }
}

TEST(Arguments, WrongOnesAreUsageErrorsThatPointToHelp) {
  struct Case {
    std::vector<std::string> line;
    std::string hint;
  };
  for (const Case& c : std::vector<Case>{{{}, "noonmark --help"},
                                         {{"contest"}, "noonmark contest --help"},
                                         {{"contest", "run"}, "noonmark contest run --help"},
                                         {{"contest", "run", "a", "b"}, "noonmark contest run --help"},
                                         {{"contest", "run", "a", "--out"}, "noonmark contest run --help"},
                                         {{"up", "--twice"}, "noonmark up --help"},
                                         {{"down"}, "noonmark --help"}}) {
    const auto parsed = parse(c.line);
    ASSERT_FALSE(parsed.ok()) << testing::PrintToString(c.line);
    EXPECT_EQ(parsed.error().kind, core::ErrorKind::usage);
    EXPECT_NE(parsed.error().message.find("see '" + c.hint + "'"), std::string::npos) << parsed.error().message;
  }
}

TEST(Arguments, HelpAndVersionAreTextsToPrint) {
  const auto help = parse({"contest", "run", "--help"});
  ASSERT_TRUE(help.ok());
  ASSERT_TRUE(help->print.has_value());
  EXPECT_NE(help->print->find("--entry"), std::string::npos) << *help->print;
  const auto version = parse({"--version"});
  ASSERT_TRUE(version.ok());
  EXPECT_EQ(version->print, "noonmark 1.2.3\n");
}

TEST(Arguments, NumbersAreCheckedWhereTheyAreRead) {
  const auto parsed = parse({"contest", "run", "f", "--seed", "12"});
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed->invocation.integer("--seed", 0, 100), 12);
  EXPECT_FALSE(parsed->invocation.integer("--seed", 0, 10).ok());
  EXPECT_FALSE(parsed->invocation.integer("--out", 0, 10)->has_value());
  for (const char* wrong : {"1x", "", "99999999999999999999", "0x1"}) {
    const auto odd = parse({"contest", "run", "f", "--seed", wrong});
    ASSERT_TRUE(odd.ok()) << wrong;
    EXPECT_FALSE(odd->invocation.integer("--seed", 0, 100).ok()) << wrong;
  }
  const auto real = parse({"contest", "run", "f", "--seed", "0.5"});
  EXPECT_EQ(*real->invocation.number("--seed", 0, 1), 0.5);
  EXPECT_FALSE(parse({"contest", "run", "f", "--seed", "nan"})->invocation.number("--seed", 0, 1).ok());
}

}  // namespace
}  // namespace noonmark::cli
