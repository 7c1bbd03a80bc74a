#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "trial/sandbox/internal/testing/hostile.h"
#include "trial/sandbox/sandbox.h"

namespace noonmark::sandbox {
namespace {

using testing::hostile;
using testing::run;
using testing::wall;
using namespace std::chrono_literals;

TEST(Wall, TellsHowAProgramEnded) {
  const End exited = run(hostile({"exit", "7"}));
  EXPECT_EQ(exited.kind, EndKind::exited);
  EXPECT_EQ(exited.code, 7);
  const End signalled = run(hostile({"signal", "6"}));
  EXPECT_EQ(signalled.kind, EndKind::signalled);
  EXPECT_EQ(signalled.code, 6);
}

TEST(Wall, SaysWhatIsWrongWithAProgramThatCannotStart) {
  Program missing = hostile({});
  missing.executable = "/nonexistent/program";
  EXPECT_EQ(wall().start(missing).error().kind, core::ErrorKind::not_found);
  Program no_mount = hostile({});
  no_mount.read_only.push_back({"/nonexistent/package", "/package"});
  EXPECT_EQ(wall().start(no_mount).error().kind, core::ErrorKind::not_found);
  auto directory = core::TempDir::create("noonmark-not-a-program");
  ASSERT_TRUE(directory.ok());
  ASSERT_TRUE(core::write_file_atomic(directory->path() / "text", "not a program", 0644).ok());
  Program text = hostile({});
  text.executable = directory->path() / "text";
  const End end = run(text);
  EXPECT_EQ(end.kind, EndKind::not_started) << end.describe();
}

TEST(Wall, ReadsCpuTimeAndPeakMemoryFromOutside) {
  Program program = hostile({"memory", "67108864", "stay"});
  auto process = wall().start(program);
  ASSERT_TRUE(process.ok()) << process.error().message;
  while ((*process)->output().find("memory=done") == std::string::npos) std::this_thread::sleep_for(1ms);
  const auto readings = (*process)->readings();
  ASSERT_TRUE(readings.ok());
  EXPECT_GT(readings->peak_resident_bytes, 64 << 20);
  EXPECT_LT(readings->peak_resident_bytes, 200 << 20);
  EXPECT_EQ(readings->processes, 1);
  const End end = (*process)->stop();
  EXPECT_EQ(end.kind, EndKind::stopped);
  EXPECT_GT(end.readings.peak_resident_bytes, 64 << 20);
  EXPECT_FALSE((*process)->cpu_time().ok());

  auto burning = wall().start(hostile({"burn", "200", "stay"}));
  ASSERT_TRUE(burning.ok());
  while ((*burning)->output().find("burnt") == std::string::npos) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(20ms);
  const auto before = (*burning)->cpu_time();
  ASSERT_TRUE(before.ok());
  EXPECT_GE(*before, 195ms);
  EXPECT_LT(*before, 400ms);
  EXPECT_GE((*burning)->stop().readings.cpu, *before);
}

TEST(Wall, PassesAListeningSocketAlthoughSocketsCannotBeMadeInside) {
  auto directory = core::TempDir::create("noonmark-listening");
  ASSERT_TRUE(directory.ok());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, (directory->path() / "s").c_str());
  core::UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(listener.get(), 8), 0);
  Program program = hostile({"serve"});
  program.descriptors = {listener.get()};
  auto process = wall().start(program);
  ASSERT_TRUE(process.ok());
  listener.reset();
  const core::UniqueFd caller(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(caller.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  char buffer[8] = {};
  EXPECT_EQ(::recv(caller.get(), buffer, 5, MSG_WAITALL), 5);
  EXPECT_STREQ(buffer, "hello");
  EXPECT_EQ((*process)->wait(10s).value().kind, EndKind::exited);
}

TEST(Wall, ShowsAPackageReadOnly) {
  auto directory = core::TempDir::create("noonmark-package");
  ASSERT_TRUE(directory.ok());
  ASSERT_TRUE(core::write_file_atomic(directory->path() / "weights", "12345").ok());
  Program program = hostile({"files", "/package", "/package/weights"});
  program.read_only.push_back({directory->path(), "/package"});
  const End end = run(program);
  ASSERT_EQ(end.kind, EndKind::exited) << end.describe();
  for (const char* line : {"read /package/weights=done", "write /package/weights=EROFS", "create /package=EROFS",
                           "unlink /package/weights=EROFS", "chmod /package/weights=EROFS"}) {
    EXPECT_NE(end.output.find(line), std::string::npos) << line << " in\n" << end.output;
  }
  EXPECT_EQ(core::read_text(directory->path() / "weights", 100).value(), "12345");
}

TEST(Wall, KeepsTheEndOfTheOutputOnly) {
  Program program = hostile({"who_am_i"});
  program.limits.output_tail_bytes = 20;
  EXPECT_EQ(run(program).output.size(), 20u);
}

TEST(Wall, HoldsTheProcessorsThatItWasGiven) {
  Program program = hostile({"call", "setaffinity"});
  program.cpus = {0};
  const End end = run(program);
  EXPECT_EQ(end.output, "setaffinity=EPERM\n") << end.describe();
  program.cpus = {99999};
  EXPECT_EQ(wall().start(program).error().kind, core::ErrorKind::invalid);
}

TEST(Wall, WithoutBubblewrapSaysWhatToInstallAndRunsOnlyWhenAllowed) {
  Options options;
  options.bubblewrap = "/nonexistent/bwrap";
  const auto refused = Wall::probe(options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, core::ErrorKind::unavailable);
  options.allow_no_wall = true;
  const auto open = Wall::probe(options);
  ASSERT_TRUE(open.ok());
  EXPECT_FALSE(open->stands());
  ASSERT_FALSE(open->warnings().empty());
  EXPECT_NE(open->warnings().front().find("NO WALL"), std::string::npos);
  auto process = open->start(hostile({"exit", "3"}));
  ASSERT_TRUE(process.ok());
  const End end = (*process)->wait(10s).value();
  EXPECT_EQ(end.kind, EndKind::exited);
  EXPECT_EQ(end.code, 3);
  EXPECT_EQ(open->seen_at({"/outside", "/inside"}), "/outside");
  EXPECT_EQ(wall().seen_at({"/outside", "/inside"}), "/inside");
}

TEST(Wall, DestroyingAProcessKillsIt) {
  Program program = hostile({"hang", "noonmark-marker-destroyed"});
  {
    auto process = wall().start(program);
    ASSERT_TRUE(process.ok());
    for (int i = 0; i < 2000 && testing::count_processes_with("noonmark-marker-destroyed") < 3; ++i)
      std::this_thread::sleep_for(1ms);
    EXPECT_GE(testing::count_processes_with("noonmark-marker-destroyed"), 1);
  }
  EXPECT_EQ(testing::count_processes_with("noonmark-marker-destroyed"), 0);
}

}  // namespace
}  // namespace noonmark::sandbox
