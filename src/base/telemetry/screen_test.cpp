#include "base/telemetry/screen.h"

#include <gtest/gtest.h>

namespace noonmark::telemetry {
namespace {

using namespace std::chrono_literals;

struct Fixture {
  core::FakeClock clock;
  std::string out;
  Screen screen;

  explicit Fixture(ScreenOptions options) : screen([this](std::string_view text) { out += text; }, options, clock) {}
};

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(ScreenOptions, DrawABarOnlyOnATerminalThatCanRedraw) {
  EXPECT_EQ(screen_options(true, 100, "xterm", false).style, Style::bar);
  EXPECT_EQ(screen_options(true, 100, "dumb", false).style, Style::lines);
  EXPECT_EQ(screen_options(true, 100, "", false).style, Style::lines);
  EXPECT_EQ(screen_options(false, 100, "xterm", false).style, Style::lines);
  EXPECT_EQ(screen_options(false, 0, "xterm", false).columns, 80);
}

TEST(ScreenOptions, HonourNoColor) {
  EXPECT_TRUE(screen_options(true, 100, "xterm", false).colour);
  EXPECT_FALSE(screen_options(true, 100, "xterm", true).colour);
  EXPECT_FALSE(screen_options(false, 100, "xterm", false).colour);
}

TEST(Screen, LinesComeAtAModestRate) {
  Fixture f({.style = Style::lines, .line_every = 10s});
  f.screen.begin("contest", 1000);
  for (int i = 1; i <= 1000; ++i) {
    f.clock.advance(100ms);
    f.screen.advance_to(i, "measuring int8");
  }
  const std::size_t lines = count(f.out, "\n");
  EXPECT_GE(lines, 10u);
  EXPECT_LE(lines, 12u);
  EXPECT_EQ(count(f.out, "\x1b"), 0u);
  EXPECT_NE(f.out.find("contest:  50 %, 50 s left, measuring int8\n"), std::string::npos) << f.out;
}

TEST(Screen, ABarFitsTheTerminalAndIsClearedForLines) {
  Fixture f({.style = Style::bar, .colour = false, .columns = 60});
  f.screen.begin("contest with a long name indeed", 10);
  f.clock.advance(4s);
  f.screen.advance_to(4, "measuring an entry with a name that is far too long for this terminal");
  const std::size_t last = f.out.rfind("\x1b[K");
  ASSERT_NE(last, std::string::npos);
  const std::string drawn = f.out.substr(last + 3);
  EXPECT_LT(drawn.size(), 60u);
  EXPECT_EQ(drawn.substr(0, 33), " 40 % [##########..............] ") << drawn;
  EXPECT_NE(drawn.find("6 s left"), std::string::npos) << drawn;
  f.out.clear();
  f.screen.print("a message");
  EXPECT_EQ(f.out.substr(0, 14), "\r\x1b[Ka message\n");
  f.out.clear();
  f.screen.end();
  EXPECT_EQ(f.out, "\r\x1b[K");
}

TEST(Screen, SilentStillPrintsMessages) {
  Fixture f({.style = Style::silent});
  f.screen.begin("contest", 10);
  f.clock.advance(60s);
  f.screen.advance_to(5);
  f.screen.end();
  EXPECT_EQ(f.out, "");
  f.screen.print("message");
  EXPECT_EQ(f.out, "message\n");
}

TEST(Screen, AForeignNameCannotSteerTheTerminal) {
  Fixture f({.style = Style::lines});
  f.screen.begin("a\x1b[2Jb\nc", 10);
  EXPECT_EQ(f.out, "a [2Jb c:   0 %\n");
}

}  // namespace
}  // namespace noonmark::telemetry
