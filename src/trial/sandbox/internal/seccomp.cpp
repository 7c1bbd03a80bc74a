#include "trial/sandbox/internal/seccomp.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <cerrno>
#include <linux/prctl.h>
#include <memory>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/core/files.h"

namespace noonmark::sandbox {
namespace {

constexpr const char* kAllowed[] = {
    // memory
    "brk", "mmap", "mremap", "munmap", "mprotect", "madvise", "msync", "mincore", "mlock", "munlock", "membarrier",
    "memfd_create", "pkey_alloc", "pkey_free", "pkey_mprotect",
    // files, inside the read-only view and the scratch
    "read", "readv", "pread64", "preadv", "preadv2", "write", "writev", "pwrite64", "pwritev", "pwritev2", "lseek",
    "open", "openat", "openat2", "creat", "close", "close_range", "stat", "fstat", "lstat", "newfstatat", "statx",
    "statfs", "fstatfs", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents", "getdents64",
    "getcwd", "chdir", "fchdir", "umask", "truncate", "ftruncate", "fallocate", "fadvise64", "fsync", "fdatasync",
    "sync_file_range", "flock", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2",
    "link", "linkat", "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "utime", "utimes", "utimensat",
    "futimesat", "sendfile", "copy_file_range", "splice", "tee", "fcntl", "dup", "dup2", "dup3", "pipe", "pipe2",
    "eventfd", "eventfd2", "getxattr", "lgetxattr", "fgetxattr", "listxattr",
    // waiting
    "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait",
    "epoll_pwait2", "timerfd_create", "timerfd_settime", "timerfd_gettime", "signalfd", "signalfd4", "futex",
    "futex_waitv", "nanosleep", "clock_nanosleep", "pause", "restart_syscall",
    // processes and threads of its own
    "fork", "vfork", "execve", "execveat", "exit", "exit_group", "wait4", "waitid", "kill", "tkill", "tgkill",
    "set_tid_address", "set_robust_list", "get_robust_list", "rseq", "arch_prctl", "sched_yield", "sched_getaffinity",
    "sched_getparam", "sched_getscheduler", "sched_get_priority_max", "sched_get_priority_min", "getpriority", "setsid",
    "setpgid", "getpgid", "getpgrp", "getsid", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend",
    "rt_sigpending", "rt_sigtimedwait", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "sigaltstack", "sigreturn", "alarm",
    "setitimer", "getitimer", "timer_create", "timer_settime", "timer_gettime", "timer_delete", "timer_getoverrun",
    "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getgroups", "getresuid", "getresgid",
    "capget", "prlimit64", "getrlimit", "setrlimit", "getrusage", "times", "pidfd_open", "pidfd_send_signal",
    // time, randomness, the machine
    "clock_gettime", "clock_getres", "gettimeofday", "time", "getrandom", "getcpu", "uname", "sysinfo",
    // sockets that it was given; it cannot make one
    "accept", "accept4", "recvfrom", "recvmsg", "sendto", "sendmsg", "shutdown", "getsockname", "getpeername",
    "getsockopt", "setsockopt",
    // walls of its own
    "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"};

constexpr const char* kKilled[] = {"ptrace",
                                   "process_vm_readv",
                                   "process_vm_writev",
                                   "process_madvise",
                                   "kcmp",
                                   "pidfd_getfd",
                                   "mount",
                                   "umount",
                                   "umount2",
                                   "mount_setattr",
                                   "move_mount",
                                   "open_tree",
                                   "fsopen",
                                   "fsmount",
                                   "fsconfig",
                                   "fspick",
                                   "pivot_root",
                                   "chroot",
                                   "setns",
                                   "bpf",
                                   "perf_event_open",
                                   "io_uring_setup",
                                   "io_uring_enter",
                                   "io_uring_register",
                                   "userfaultfd",
                                   "keyctl",
                                   "add_key",
                                   "request_key",
                                   "init_module",
                                   "finit_module",
                                   "delete_module",
                                   "kexec_load",
                                   "kexec_file_load",
                                   "reboot",
                                   "swapon",
                                   "swapoff",
                                   "open_by_handle_at",
                                   "name_to_handle_at",
                                   "fanotify_init",
                                   "iopl",
                                   "ioperm",
                                   "acct",
                                   "quotactl",
                                   "quotactl_fd",
                                   "settimeofday",
                                   "clock_settime",
                                   "clock_adjtime",
                                   "adjtimex",
                                   "syslog",
                                   "vhangup",
                                   "lookup_dcookie",
                                   "move_pages",
                                   "migrate_pages",
                                   "modify_ldt",
                                   "uselib"};

constexpr int kAllowedPrctl[] = {PR_SET_NAME,      PR_GET_NAME,         PR_GET_DUMPABLE,     PR_SET_PDEATHSIG,
                                 PR_GET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_CAPBSET_READ,
                                 0x53564d41 /* PR_SET_VMA, names of memory areas */};

constexpr unsigned long kAllowedIoctl[] = {TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX};

constexpr unsigned long kNewNamespaces = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
                                         CLONE_NEWUTS | CLONE_NEWCGROUP | 0x80 /* CLONE_NEWTIME */;

using Filter = std::unique_ptr<void, decltype(&::seccomp_release)>;

// Calls that this architecture or library does not know are refused by the default action anyway.
void add(scmp_filter_ctx filter, std::uint32_t action, const char* name) {
  const int number = ::seccomp_syscall_resolve_name(name);
  if (number >= 0) ::seccomp_rule_add(filter, action, number, 0);
}

void add_when(scmp_filter_ctx filter, const char* name, scmp_arg_cmp condition) {
  const int number = ::seccomp_syscall_resolve_name(name);
  if (number >= 0) ::seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &condition);
}

void add_rules(scmp_filter_ctx filter) {
  for (const char* name : kAllowed) add(filter, SCMP_ACT_ALLOW, name);
  for (const char* name : kKilled) add(filter, SCMP_ACT_KILL_PROCESS, name);
  add(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3");
  add_when(filter, "clone", scmp_arg_cmp{0, SCMP_CMP_MASKED_EQ, kNewNamespaces, 0});
  for (const int option : kAllowedPrctl)
    add_when(filter, "prctl", scmp_arg_cmp{0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(option), 0});
  for (const unsigned long request : kAllowedIoctl) {
    // The kernel looks at 32 bits of the request; so must the rule.
    add_when(filter, "ioctl", scmp_arg_cmp{1, SCMP_CMP_MASKED_EQ, 0xffffffffu, request});
  }
}

}  // namespace

core::Result<core::Bytes> build_seccomp_program() {
  const Filter filter(::seccomp_init(SCMP_ACT_ERRNO(EPERM)), ::seccomp_release);
  if (!filter) return core::unavailable("libseccomp cannot make a filter on this machine");
  // A binary tree instead of a list: a few comparisons for each call instead of hundreds.
  ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  add_rules(filter.get());
  const core::UniqueFd file(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!file.valid()) return core::from_errno(errno, "making room for the system call filter");
  const int failed = ::seccomp_export_bpf(filter.get(), file.get());
  if (failed != 0) return core::from_errno(-failed, "writing the system call filter");
  const auto size = ::lseek(file.get(), 0, SEEK_END);
  core::Bytes program(static_cast<std::size_t>(size));
  if (::pread(file.get(), program.data(), program.size(), 0) != size)
    return core::from_errno(errno, "reading the system call filter");
  return program;
}

}  // namespace noonmark::sandbox
