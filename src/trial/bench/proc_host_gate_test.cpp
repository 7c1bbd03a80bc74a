#include "trial/bench/proc_host_gate.h"

#include <string>

#include <gtest/gtest.h>

#include "base/core/files.h"

namespace noonmark::bench {
namespace {

using namespace std::chrono_literals;

/// A folder with the files that the kernel would show.
class ProcHostGateTest : public testing::Test {
 protected:
  ProcHostGateTest() : root_(*core::TempDir::create("host_gate")) {}

  void write(const std::string& path, const std::string& text) {
    const auto file = root_.path() / path;
    ASSERT_TRUE(core::make_directories(file.parent_path()).ok());
    ASSERT_TRUE(core::write_file_atomic(file, text).ok());
  }

  core::TempDir root_;
};

TEST_F(ProcHostGateTest, TellsOthersLoadAndStealApartFromTheTrial) {
  write("proc/stat", "cpu  1000 0 0 9000 0 0 0 0 0 0\ncpu0 1 2 3\n");
  ProcHostGate gate(root_.path());
  // 1000 ticks later: 500 busy, of which the trial says 3 s = 300 ticks were its own; 100 stolen.
  write("proc/stat", "cpu  1300 50 100 9300 100 25 25 100 0 0\n");
  const auto sample = gate.sample(3s);
  EXPECT_NEAR(sample.other_load, 0.2, 0.02);  // this very process used a little meanwhile
  EXPECT_NEAR(sample.steal, 0.1, 1e-9);
  EXPECT_FALSE(sample.frequency);
  EXPECT_FALSE(sample.temperature_c);
  EXPECT_FALSE(gate.energy_uj());
  // Nothing moved since.
  EXPECT_EQ(gate.sample(0s), record::HostSample{});
}

TEST_F(ProcHostGateTest, ReadsFrequencyTemperatureAndEnergyWhereTheyAre) {
  write("proc/stat", "cpu 1 2 3 4 5 6 7 8\n");
  write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "1500000\n");
  write("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "3000000\n");
  write("sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "3000000\n");
  write("sys/devices/system/cpu/cpu1/cpufreq/cpuinfo_max_freq", "3000000\n");
  write("sys/class/thermal/thermal_zone0/temp", "41000\n");
  write("sys/class/thermal/thermal_zone1/temp", "63500\n");
  write("sys/class/thermal/thermal_zone2/temp", "-273000\n");
  write("sys/class/powercap/intel-rapl:0/energy_uj", "123456789\n");
  ProcHostGate gate(root_.path());
  const auto sample = gate.sample(0s);
  EXPECT_EQ(sample.frequency, 0.75);
  EXPECT_EQ(sample.temperature_c, 63.5);
  EXPECT_EQ(gate.energy_uj(), 123456789);
}

TEST_F(ProcHostGateTest, SurvivesOddFiles) {
  for (const std::string text : {"", "cpu", "cpu \n", "cpu  -5 x", "intr 5", "cpu  99999999999999999999 1 1 1"}) {
    write("proc/stat", text);
    ProcHostGate gate(root_.path());
    const auto sample = gate.sample(1s);
    EXPECT_GE(sample.other_load, 0);
    EXPECT_LE(sample.other_load, 1);
  }
}

TEST(ProcHostGate, SeesThisMachineAtWork) {
  ProcHostGate gate;
  const auto sample = gate.sample(0s);
  EXPECT_GE(sample.other_load, 0);
  EXPECT_LE(sample.other_load, 1);
  EXPECT_GE(sample.steal, 0);
  EXPECT_LE(sample.steal, 1);
}

}  // namespace
}  // namespace noonmark::bench
