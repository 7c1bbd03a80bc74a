#include "edge/network/supervisor.h"

#include <algorithm>
#include <csignal>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace noonmark::network {
namespace {

using namespace std::chrono_literals;

class Processes : public testing::Test {
 protected:
  Program shell(std::string script, bool keep = false) const {
    return {"shell", {"/bin/sh", "-c", std::move(script)}, folder_.path() / "shell.log", keep};
  }
  /// Ticks until `done`, at most 20 s.
  bool tick_until(const std::function<bool()>& done) {
    for (const core::Deadline deadline(clock_, 20s); !done();) {
      if (deadline.passed()) return false;
      supervisor_.tick(10ms);
    }
    return true;
  }

  core::SystemClock clock_;
  const core::TempDir folder_ = *core::TempDir::create("supervisor");
  std::vector<std::string> lines_;
  Supervisor supervisor_{clock_, [this](std::string_view, std::string_view line) { lines_.emplace_back(line); }};
};

TEST_F(Processes, WhatTheySayIsPassedOnAndLogged) {
  ASSERT_TRUE(supervisor_.start(shell("echo one; echo two >&2; exit 3")).ok());
  ASSERT_TRUE(tick_until([&] { return supervisor_.exit_code("shell").has_value(); }));
  EXPECT_EQ(supervisor_.exit_code("shell"), 3);
  EXPECT_EQ(lines_, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(*core::read_text(folder_.path() / "shell.log", 100), "one\ntwo\n");
}

TEST_F(Processes, OneThatIsKeptIsStartedAgain) {
  ASSERT_TRUE(supervisor_.start(shell("echo here; kill -9 $$", true)).ok());
  ASSERT_TRUE(tick_until([&] { return std::ranges::count(lines_, "here") == 2; }));
  EXPECT_EQ(lines_[1], "ended with code 137; it is started again");
}

TEST_F(Processes, StopAsksFirstAndThenKills) {
  ASSERT_TRUE(supervisor_.start(shell("trap 'echo asked' TERM; echo ready; while :; do sleep 0.05; done", true)).ok());
  ASSERT_TRUE(tick_until([&] { return !lines_.empty(); }));
  supervisor_.stop(500ms);
  EXPECT_FALSE(supervisor_.running("shell"));
  EXPECT_EQ(supervisor_.exit_code("shell"), 128 + SIGKILL);
  EXPECT_EQ(lines_.at(1), "asked");
}

TEST_F(Processes, AProgramThatIsNotThereIsAnError) {
  EXPECT_FALSE(supervisor_.start({"nothing", {"/nowhere/at/all"}, folder_.path() / "nothing.log"}).ok());
}

TEST_F(Processes, OneNameRunsOnce) {
  ASSERT_TRUE(supervisor_.start(shell("sleep 60")).ok());
  const auto second = supervisor_.start(shell("true"));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, core::ErrorKind::conflict);
}

TEST_F(Processes, TheyEndWithTheSupervisorsProcess) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t middle = ::fork();
  if (middle == 0) {
    Supervisor supervisor(clock_, [&](std::string_view, std::string_view line) {
      [[maybe_unused]] const auto written = ::write(ends[1], line.data(), line.size());
    });
    if (supervisor.start(shell("echo $$; exec sleep 600")).ok()) {
      for (;;) supervisor.tick(10ms);
    }
    ::_exit(1);
  }
  char text[32] = {};
  ASSERT_GT(::read(ends[0], text, sizeof text - 1), 0);
  const pid_t child = std::stoi(text);
  ::kill(middle, SIGKILL);
  ::waitpid(middle, nullptr, 0);
  bool gone = false;
  for (const core::Deadline deadline(clock_, 20s); !gone && !deadline.passed();) {
    clock_.sleep_for(10ms);
    gone = ::kill(child, 0) != 0;
  }
  EXPECT_TRUE(gone);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace noonmark::network
