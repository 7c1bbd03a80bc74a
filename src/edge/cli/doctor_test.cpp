#include "edge/cli/doctor.h"

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/core/files.h"

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

TEST(Doctor, WhatPeopleCopyIsOneWordOfTheShell) {
  EXPECT_EQ(shell_word("/home/a/.bittensor/wallets/x"), "/home/a/.bittensor/wallets/x");
  EXPECT_EQ(shell_word("my key; rm"), "'my key; rm'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
}

/// What the probe of this machine called `name` finds, with that folder as the user's home.
Finding find(std::string_view name, const std::filesystem::path& home) {
  std::vector<Finding> findings;
  std::vector<Probe> probes;
  for (const Probe& probe : machine_probes()) {
    probes.push_back([probe, &findings](Context& context) { return findings.emplace_back(probe(context)); });
  }
  core::FakeClock clock;
  const std::atomic<bool> stop{false};
  const Surroundings around{.environment = [&](std::string_view variable) -> std::optional<std::string> {
                              if (variable == "HOME") return home.string();
                              return std::nullopt;
                            },
                            .out = [](std::string_view) { return true; },
                            .err = [](std::string_view text) { ADD_FAILURE() << text; },
                            .clock = clock,
                            .stop = stop};
  run_application({doctor_command(std::move(probes))}, std::vector<std::string>{"doctor"}, around);
  const auto found = std::ranges::find(findings, name, &Finding::name);
  return found == findings.end() ? Finding{} : *found;
}

TEST(Doctor, AKeyThatOthersCanReadIsFoundAndClosed) {
  namespace fs = std::filesystem;
  const core::TempDir home = core::TempDir::create("doctor").value();
  EXPECT_NE(find("wallet files", home.path()).detail.find("no key in"), std::string::npos);
  const fs::path hotkeys = home.path() / ".bittensor/wallets/my wallet/hotkeys";
  ASSERT_TRUE(core::make_directories(hotkeys).ok());
  ASSERT_TRUE(core::write_file_atomic(hotkeys / "one", "{}", 0600).ok());
  EXPECT_EQ(find("wallet files", home.path()).state, Finding::State::ok);
  ASSERT_TRUE(core::write_file_atomic(hotkeys / "two", "{}", 0640).ok());
  const Finding finding = find("wallet files", home.path());
  EXPECT_EQ(finding.state, Finding::State::missing);
  EXPECT_TRUE(finding.detail.starts_with("1 of 2")) << finding.detail;
  EXPECT_EQ(finding.mend, "chmod 600 '" + (hotkeys / "two").string() + "'");
}

}  // namespace
}  // namespace noonmark::cli
