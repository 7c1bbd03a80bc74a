#include "trial/sandbox/internal/cgroup.h"

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

TEST(ProcessTree, ReadsThisProcess) {
  EXPECT_GT(process_cpu_time(::getpid()).value().count(), 0);
  EXPECT_GT(peak_resident_bytes(::getpid()), 1 << 20);
  EXPECT_FALSE(process_cpu_time(99'999'999).has_value());
  EXPECT_EQ(peak_resident_bytes(99'999'999), 0);
}

}  // namespace
}  // namespace noonmark::sandbox
