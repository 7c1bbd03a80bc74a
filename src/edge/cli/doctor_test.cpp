#include "edge/cli/doctor.h"

#include <gtest/gtest.h>

namespace noonmark::cli {
namespace {

ExitCode run(std::vector<Finding> findings, std::vector<std::string> arguments, std::string& out) {
  std::vector<Probe> probes;
  for (const Finding& finding : findings) probes.push_back([finding](Context&) { return finding; });
  core::FakeClock clock;
  const std::atomic<bool> stop{false};
  const Surroundings around{.environment = [](std::string_view) { return std::nullopt; },
                            .out = [&](std::string_view text) { return out += text, true; },
                            .err = [](std::string_view) {},
                            .clock = clock,
                            .stop = stop};
  return run_application({doctor_command(probes)}, arguments, around);
}

TEST(Doctor, AMissingThingIsANoWithItsRemedy) {
  std::string out;
  EXPECT_EQ(run({{"memory", Finding::State::ok, "8 GiB", ""},
                 {"wall", Finding::State::missing, "no bubblewrap", "apt-get install bubblewrap"}},
                {"doctor"}, out),
            ExitCode::no);
  EXPECT_NE(out.find("wall: apt-get install bubblewrap"), std::string::npos) << out;
  EXPECT_NE(out.find("not ready"), std::string::npos) << out;
}

TEST(Doctor, AWeakThingIsNoObstacle) {
  std::string out;
  EXPECT_EQ(run({{"memory", Finding::State::weak, "2 GiB", "more memory"}}, {"doctor", "--json"}, out), ExitCode::ok);
  const auto document = codec::parse_json(out);
  ASSERT_TRUE(document.ok()) << out;
  EXPECT_EQ(document->find("ready")->as_bool(), true);
  EXPECT_EQ(document->find("findings")->as_array().at(0).find("state")->as_string(), "weak");
}

}  // namespace
}  // namespace noonmark::cli
