#include "trial/sandbox/internal/testing/hostile.h"

#include <cstdlib>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace noonmark::sandbox {
namespace {

using testing::hostile;
using testing::run;
using namespace std::chrono_literals;

void expect_lines(const End& end, std::initializer_list<const char*> lines) {
  for (const char* line : lines)
    EXPECT_NE(end.output.find(line), std::string::npos) << line << " in\n" << end.output << end.describe();
}

TEST(Hostile, HasNoNetworkAndNoSockets) {
  expect_lines(run(hostile({"network"})), {"tcp=EPERM", "udp6=EPERM", "unix=EPERM", "netlink=EPERM", "pair=EPERM"});
}

TEST(Hostile, SeesNoSecretsAndWritesNowhereButItsScratch) {
  const char* home = std::getenv("HOME");
  const std::string own_home = home == nullptr ? "/root" : home;
  const End end = run(hostile({"files",
                               "/etc/shadow",
                               "/etc/passwd",
                               "/home",
                               own_home,
                               "/root",
                               "/usr",
                               "/usr/bin/env",
                               "/",
                               "/dev",
                               "/dev/shm",
                               "/runner",
                               "/runner/program",
                               "/proc/sys/kernel/hostname",
                               "/proc/sys/vm/drop_caches",
                               "/proc/sysrq-trigger",
                               "/proc/kpagecount",
                               "/proc/irq/default_smp_affinity",
                               "/sys/fs/cgroup",
                               "/var",
                               "/run"}));
  ASSERT_EQ(end.kind, EndKind::exited) << end.describe();
  expect_lines(
      end, {"read /etc/shadow=ENOENT", "read /etc/passwd=ENOENT", "read /home=ENOENT", "read /root=ENOENT",
            "create /usr=EROFS", "create /=EROFS", "create /dev=EROFS", "create /dev/shm=EROFS", "create /runner=EROFS",
            "unlink /runner/program=EROFS", "read /sys/fs/cgroup=ENOENT", "read /var=ENOENT", "read /run=ENOENT"});
  for (const std::string path :
       {"/usr/bin/env", "/runner/program", "/proc/sys/kernel/hostname", "/proc/sys/vm/drop_caches",
        "/proc/sysrq-trigger", "/proc/kpagecount", "/proc/irq/default_smp_affinity"}) {
    EXPECT_EQ(end.output.find("write " + path + "=done"), std::string::npos) << end.output;
  }
  if (own_home != "/tmp") {
    EXPECT_NE(end.output.find("read " + own_home + "=ENOENT"), std::string::npos) << end.output;
  }
}

TEST(Hostile, HasNoIdentityNoCapabilitiesAndNoEnvironment) {
  ASSERT_EQ(::setenv("NOONMARK_TEST_SECRET", "do not leak", 1), 0);
  const End end = run(hostile({"who_am_i"}));
  expect_lines(end, {"uid=65534 host=sandbox session=1", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000",
                     "NoNewPrivs:\t1", "Seccomp:\t2", "env HOME=/tmp", "env ORT_DISABLE_TELEMETRY=1", "processes=2"});
  EXPECT_EQ(end.output.find("SECRET"), std::string::npos);
  std::size_t variables = 0;
  for (std::size_t at = end.output.find("env "); at != std::string::npos; at = end.output.find("env ", at + 1))
    ++variables;
  EXPECT_LE(variables, 8u) << end.output;
}

TEST(Hostile, InheritsNoDescriptorsButItsOwn) {
  const int leaked = ::open("/etc/passwd", O_RDONLY);  // not close-on-exec
  ASSERT_GE(leaked, 3);
  const End end = run(hostile({"descriptors"}));
  ::close(leaked);
  EXPECT_EQ(end.output, "fd=0\nfd=1\nfd=2\n");
  Program with_socket = hostile({"descriptors"});
  with_socket.descriptors = {STDIN_FILENO};
  EXPECT_EQ(run(with_socket).output, "fd=0\nfd=1\nfd=2\nfd=3\n");
}

TEST(Hostile, AForkBombIsStoppedAtTheProcessLimit) {
  Program program = hostile({"fork_bomb"});
  program.limits.processes = 20;
  const End end = run(program);
  if (end.kind != EndKind::process_limit) expect_lines(end, {"children=19 error=EAGAIN"});
  EXPECT_TRUE(end.kind == EndKind::process_limit || end.process_limit_reached || testing::is_poor()) << end.describe();
  Program threads = hostile({"threads"});
  threads.limits.processes = 20;
  if (!testing::is_poor()) expect_lines(run(threads), {"threads=19"});
}

TEST(Hostile, AMemoryHogIsKilledAndSaidSo) {
  Program program = hostile({"memory", "1000000000"});
  program.limits.memory_bytes = 100 << 20;
  const End end = run(program);
  if (testing::is_poor()) {
    // Without a memory group the kernel refuses memory (RLIMIT_DATA) instead of killing.
    EXPECT_TRUE(end.kind == EndKind::memory_limit || end.output == "mmap=ENOMEM\n") << end.describe();
    return;
  }
  EXPECT_EQ(end.kind, EndKind::memory_limit) << end.describe();
  EXPECT_LE(end.readings.peak_charged_bytes, 100 << 20);
}

TEST(Hostile, ScratchHasAQuota) {
  Program program = hostile({"scratch", "1000000000"});
  program.limits.scratch_bytes = 16 << 20;
  expect_lines(run(program), {"scratch=16777216 error=ENOSPC"});
}

TEST(Hostile, AHangEndsAtTheWallLimit) {
  Program program = hostile({"hang"});
  program.limits.wall = 300ms;
  const auto begin = std::chrono::steady_clock::now();
  const End end = run(program);
  EXPECT_EQ(end.kind, EndKind::wall_limit) << end.describe();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(Hostile, ASpinEndsAtTheCpuLimit) {
  Program program = hostile({"spin"});
  program.limits.cpu = 1s;
  const End end = run(program);
  EXPECT_EQ(end.kind, EndKind::cpu_limit) << end.describe();
  EXPECT_GE(end.readings.cpu, 900ms);
}

TEST(Hostile, AFloodOfOutputIsCutOff) {
  Program program = hostile({"flood"});
  program.limits.output_bytes = 1 << 20;
  const End end = run(program);
  EXPECT_EQ(end.kind, EndKind::output_limit) << end.describe();
  EXPECT_LE(end.output.size(), program.limits.output_tail_bytes);
}

TEST(Hostile, ADaemonDoesNotOutliveItsProgram) {
  const End end = run(hostile({"daemon", "noonmark-marker-daemon"}));
  EXPECT_EQ(end.kind, EndKind::exited) << end.describe();
  expect_lines(end, {"daemon=left behind"});
  EXPECT_EQ(testing::count_processes_with("noonmark-marker-daemon"), 0);
}

TEST(Hostile, CannotKillWhatIsOutside) {
  const End end = run(hostile({"kill_everything"}));
  EXPECT_NE(end.kind, EndKind::wall_limit) << end.describe();
  EXPECT_NE(end.kind, EndKind::not_started) << end.describe();
}

TEST(Hostile, WaysOutThatNoModelNeedsKill) {
  for (const char* name :
       {"ptrace", "mount", "chroot", "io_uring", "bpf", "perf", "keyctl", "userfaultfd", "process_vm_readv", "setns"}) {
    const End end = run(hostile({"call", name}));
    EXPECT_EQ(end.kind, EndKind::forbidden_call) << name << ": " << end.describe() << " " << end.output;
  }
}

TEST(Hostile, OtherForbiddenCallsFail) {
  for (const std::string name :
       {"unshare", "clone_newuser", "nice", "tiocsti", "personality", "sethostname", "setuid", "raise_files"}) {
    const End end = run(hostile({"call", name}));
    EXPECT_EQ(end.output, name + "=EPERM\n") << end.describe();
  }
  EXPECT_EQ(run(hostile({"call", "clone3"})).output, "clone3=ENOSYS\n");
}

}  // namespace
}  // namespace noonmark::sandbox
