#include "trial/sandbox/internal/cgroup.h"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "trial/sandbox/internal/process_tree.h"

namespace noonmark::sandbox {
namespace {

constexpr const char* kMountsV1 =
    "30 24 0:26 / /sys/fs/cgroup ro,nosuid shared:9 - tmpfs tmpfs ro\n"
    "31 30 0:27 / /sys/fs/cgroup/memory rw shared:10 - cgroup cgroup rw,memory\n"
    "32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:11 - cgroup cgroup rw,cpu,cpuacct\n"
    "33 30 0:29 /docker/abc /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
    "34 30 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

TEST(GroupLayout, VersionOneNestsUnderOurOwnGroupsAlsoInsideContainers) {
  const GroupLayout layout =
      read_layout("9:name=systemd:/\n8:pids:/docker/abc/inner\n4:memory:/jobs/7\n2:cpu,cpuacct:/\n0::/\n", kMountsV1);
  EXPECT_EQ(layout.version, GroupLayout::Version::v1);
  EXPECT_EQ(layout.controllers.at("memory"), "/sys/fs/cgroup/memory/jobs/7");
  EXPECT_EQ(layout.controllers.at("cpuacct"), "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(layout.controllers.at("cpu"), "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(layout.controllers.at("pids"), "/sys/fs/cgroup/pids/inner");
  EXPECT_FALSE(layout.has("cpuset"));
}

TEST(GroupLayout, VersionTwoIsOneDirectory) {
  const GroupLayout layout = read_layout("0::/user.slice/user-1000.slice/session-2.scope\n",
                                         "30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  EXPECT_EQ(layout.version, GroupLayout::Version::v2);
  EXPECT_EQ(layout.controllers.at("unified"), "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope");
}

TEST(GroupLayout, APathThatLeadsOutsideMeansTheMountItself) {
  const GroupLayout layout = read_layout("0::/../../other\n", "30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  EXPECT_EQ(layout.controllers.at("unified"), "/sys/fs/cgroup");
}

TEST(GroupLayout, NothingIsReadFromNonsense) {
  EXPECT_EQ(read_layout("", "").version, GroupLayout::Version::none);
  EXPECT_EQ(read_layout("no colons\n:\n::\n", "- -\ncgroup - cgroup\n").version, GroupLayout::Version::none);
}

TEST(Group, WhatAKilledOwnerLeftRunningIsEnded) {
  const GroupLayout layout = probe_layout();
  if (layout.version == GroupLayout::Version::none) GTEST_SKIP() << "no control groups can be made here";
  const pid_t owner = ::fork();
  if (owner == 0) ::_exit(0);
  ::waitpid(owner, nullptr, 0);
  const auto group = Group::create(layout, "noonmark-" + std::to_string(owner) + "-1", {64 << 20, 10, 0, {}});
  ASSERT_TRUE(group.ok()) << group.error().message;
  const pid_t orphan = ::fork();
  if (orphan == 0) {
    for (const int door : (*group)->doors()) {
      if (::write(door, "0", 1) != 1) ::_exit(1);
    }
    for (;;) ::pause();
  }
  for (int i = 0; i < 1000 && (*group)->members().empty(); ++i) ::usleep(10'000);
  probe_layout();
  int status = 0;
  ::waitpid(orphan, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(Group, IsMadeAndRemoved) {
  const GroupLayout layout = probe_layout();
  if (layout.version == GroupLayout::Version::none) GTEST_SKIP() << "no control groups can be made here";
  const std::string name = "noonmark-test-" + std::to_string(::getpid());
  const auto parent = layout.has("memory") ? layout.controllers.at("memory") : layout.controllers.at("cpuacct");
  {
    const auto group = Group::create(layout, name, {64 << 20, 10, 0, {}});
    ASSERT_TRUE(group.ok()) << group.error().message;
    EXPECT_TRUE(std::filesystem::exists(parent / name));
    EXPECT_FALSE((*group)->doors().empty());
    EXPECT_TRUE((*group)->members().empty());
    EXPECT_EQ((*group)->kills_by_memory(), 0);
  }
  EXPECT_FALSE(std::filesystem::exists(parent / name));
}

// Version 2 as a directory of plain files, so that what is written can be read back on any machine.
TEST(Group, VersionTwoIsGivenItsLimits) {
  const auto directory = core::TempDir::create("noonmark-group");
  ASSERT_TRUE(directory.ok());
  const auto own = directory->path() / "group";
  std::filesystem::create_directory(own);
  for (const char* name : {"memory.max", "memory.swap.max", "memory.oom.group", "pids.max", "cpu.max", "cpuset.cpus",
                           "cgroup.procs", "cgroup.kill"}) {
    ASSERT_TRUE(core::write_file_atomic(own / name, "").ok());
  }
  ASSERT_TRUE(core::write_file_atomic(own / "cpu.stat", "usage_usec 1234\nuser_usec 1000\n").ok());
  ASSERT_TRUE(core::write_file_atomic(own / "memory.peak", "5678\n").ok());
  ASSERT_TRUE(core::write_file_atomic(own / "memory.events", "low 0\noom 1\noom_kill 2\n").ok());
  ASSERT_TRUE(core::write_file_atomic(own / "pids.events", "max 3\n").ok());
  GroupLayout layout;
  layout.version = GroupLayout::Version::v2;
  for (const char* name : {"memory", "pids", "cpu", "cpuset", "cpuacct"}) layout.controllers[name] = directory->path();
  const auto group = Group::create(layout, "group", {1 << 20, 7, 1.5, {0, 2}});
  ASSERT_TRUE(group.ok()) << group.error().message;
  EXPECT_EQ(read_kernel_file(own / "memory.max"), "1048576");
  EXPECT_EQ(read_kernel_file(own / "memory.swap.max"), "0");
  EXPECT_EQ(read_kernel_file(own / "pids.max"), "7");
  EXPECT_EQ(read_kernel_file(own / "cpu.max"), "150000 100000");
  EXPECT_EQ(read_kernel_file(own / "cpuset.cpus"), "0,2");
  EXPECT_EQ((*group)->cpu_time(), std::chrono::microseconds(1234));
  EXPECT_EQ((*group)->peak_charged_bytes(), 5678);
  EXPECT_EQ((*group)->kills_by_memory(), 2);
  EXPECT_TRUE((*group)->process_limit_reached());
  EXPECT_EQ((*group)->doors().size(), 1u);
  (*group)->kill_all();
  EXPECT_EQ(read_kernel_file(own / "cgroup.kill"), "1");
}

TEST(ProcessTree, ReadsThisProcess) {
  EXPECT_GT(process_cpu_time(::getpid()).value().count(), 0);
  EXPECT_GT(peak_resident_bytes(::getpid()), 1 << 20);
  EXPECT_FALSE(process_cpu_time(99'999'999).has_value());
  EXPECT_EQ(peak_resident_bytes(99'999'999), 0);
}

}  // namespace
}  // namespace noonmark::sandbox
