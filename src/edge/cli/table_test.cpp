#include "edge/cli/table.h"

#include <gtest/gtest.h>

namespace noonmark::cli {
namespace {

TEST(Table, AlignsColumnsByCodePoints) {
  Table table({{"name"}, {"speed", Table::Align::right}, {"why"}});
  table.add({"größe", "1.5", "ok"});
  table.add({"a", "12.25", ""});
  EXPECT_EQ(table.text(),
            "name   speed  why\n"
            "größe    1.5  ok\n"
            "a      12.25  \n");
}

TEST(Table, ForeignTextCannotSteerTheTerminal) {
  Table table({{"name"}});
  table.add({"a\x1b[2J\n"});
  EXPECT_EQ(table.text(), "name\na [2J \n");
}

TEST(ByteText, PicksAUnit) {
  EXPECT_EQ(byte_text(812), "812 B");
  EXPECT_EQ(byte_text(1536), "1.5 KiB");
  EXPECT_EQ(byte_text(9.5 * 1024 * 1024), "9.5 MiB");
}

}  // namespace
}  // namespace noonmark::cli
