#include "edge/validator/machine.h"

#include <gtest/gtest.h>

namespace noonmark::validator {
namespace {

TEST(Machine, ReadsTheProcessorsAndTheSystemsName) {
  EXPECT_EQ(cpu_model_in("processor\t: 0\nmodel\t\t: 143\nmodel name\t: A CPU @ 2 GHz \nmodel name\t: another\n"),
            "A CPU @ 2 GHz");
  EXPECT_EQ(cpu_model_in("processor\t: 0\nmodel name\t:\n"), "");
  EXPECT_EQ(os_name_in("NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\n"), "Debian GNU/Linux 13 (trixie)");
  EXPECT_EQ(os_name_in("PRETTY_NAME=\"\""), "");
}

TEST(Machine, ThisOneHasCoresMemoryAndAKernel) {
  const record::Machine machine = read_machine({{"noonmark", "1"}});
  EXPECT_GE(machine.cores, 1);
  EXPECT_GT(machine.memory_bytes, 1 << 20);
  EXPECT_TRUE(machine.kernel.starts_with("Linux ")) << machine.kernel;
  EXPECT_EQ(machine.versions.at("noonmark"), "1");
}

}  // namespace
}  // namespace noonmark::validator
