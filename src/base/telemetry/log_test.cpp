#include "base/telemetry/log.h"

#include <gtest/gtest.h>

namespace noonmark::telemetry {
namespace {

using namespace std::chrono_literals;

TEST(Log, OneEventIsOneLine) {
  const core::FakeClock clock(core::UnixNanos{} + 24h * 3 + 12h + 1250ms);
  std::string out;
  const Log log([&](std::string_view line) { out += line; }, Level::info, clock);
  log.info("entry\nrefused", {{"entry", "int8"}, {"reason", "wrong \"digest\"\n"}, {"empty", ""}});
  EXPECT_EQ(out, R"(12:00:01.250 info entry refused entry=int8 reason="wrong \"digest\"\x0a" empty="")");
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  const core::FakeClock clock;
  std::string out;
  const Log log([&](std::string_view line) { out += line; }, Level::warning, clock);
  log.debug("d");
  log.info("i");
  EXPECT_EQ(out, "");
  log.warning("w");
  log.error("e");
  EXPECT_EQ(out, "00:00:00.000 warning w00:00:00.000 error e");
}

TEST(Level, NamesReadBack) {
  for (const Level level : {Level::debug, Level::info, Level::warning, Level::error}) {
    const auto parsed = parse_level(name_of(level));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(*parsed, level);
  }
  EXPECT_FALSE(parse_level("loud").ok());
}

}  // namespace
}  // namespace noonmark::telemetry
