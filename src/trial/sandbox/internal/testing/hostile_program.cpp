// What a hostile package could try, one mode for each attack. Prints what it managed to do as "name=value" lines.

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <map>
#include <sched.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace {

std::vector<std::string> arguments;

std::string argument(std::size_t index) { return index < arguments.size() ? arguments[index] : ""; }

void report(const char* name, long result) {
  std::printf("%s=%s\n", name, result < 0 ? ::strerrorname_np(errno) : "done");
}

int network() {
  report("tcp", ::socket(AF_INET, SOCK_STREAM, 0));
  report("udp6", ::socket(AF_INET6, SOCK_DGRAM, 0));
  report("unix", ::socket(AF_UNIX, SOCK_STREAM, 0));
  report("netlink", ::socket(AF_NETLINK, SOCK_RAW, 0));
  int pair[2];
  report("pair", ::socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  return 0;
}

int files() {
  for (const std::string& path : arguments) {
    const int reading = ::open(path.c_str(), O_RDONLY);
    report(("read " + path).c_str(), reading);
    const int writing = ::open(path.c_str(), O_WRONLY);
    report(("write " + path).c_str(), writing < 0 ? writing : ::write(writing, "x", 1));
    report(("create " + path).c_str(), ::open((path + "/new").c_str(), O_WRONLY | O_CREAT, 0644));
    report(("unlink " + path).c_str(), ::unlink(path.c_str()));
    report(("chmod " + path).c_str(), ::chmod(path.c_str(), 0777));
  }
  return 0;
}

int fork_bomb() {
  int children = 0;
  while (children < 100000) {
    const pid_t child = ::fork();
    if (child < 0) break;
    if (child == 0) ::pause();
    ++children;
  }
  std::printf("children=%d error=%s\n", children, ::strerrorname_np(errno));
  return 0;
}

int memory() {
  const std::size_t step = 8 << 20;
  for (std::size_t total = 0; total < static_cast<std::size_t>(std::atoll(argument(0).c_str())); total += step) {
    void* block = ::mmap(nullptr, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return std::printf("mmap=%s\n", ::strerrorname_np(errno)), 3;
    std::memset(block, 1, step);
  }
  std::printf("memory=done\n");
  std::fflush(stdout);
  if (argument(1) == "stay") ::pause();
  return 0;
}

int flood() {
  const std::string block(1 << 16, 'x');
  while (::write(STDOUT_FILENO, block.data(), block.size()) > 0) {
  }
  return 0;
}

int daemonize() {
  if (::fork() == 0) {
    ::setsid();
    if (::fork() == 0) {
      std::signal(SIGTERM, SIG_IGN);
      std::signal(SIGHUP, SIG_IGN);
      while (true) ::pause();
    }
    ::_exit(0);
  }
  ::wait(nullptr);
  std::printf("daemon=left behind\n");
  return 0;
}

int call(const std::string& name) {
  static const std::map<std::string, long (*)()> kCalls = {
      {"ptrace", [] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
      {"mount", [] { return static_cast<long>(::mount("none", "/tmp", "tmpfs", 0, nullptr)); }},
      {"chroot", [] { return static_cast<long>(::chroot("/tmp")); }},
      {"io_uring", [] { return ::syscall(SYS_io_uring_setup, 4, nullptr); }},
      {"bpf", [] { return ::syscall(SYS_bpf, BPF_MAP_CREATE, nullptr, 0); }},
      {"perf", [] { return ::syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0); }},
      {"keyctl", [] { return ::syscall(SYS_keyctl, 0, 0, 0, 0, 0); }},
      {"userfaultfd", [] { return ::syscall(SYS_userfaultfd, 0); }},
      {"process_vm_readv", [] { return ::syscall(SYS_process_vm_readv, 1, nullptr, 0, nullptr, 0, 0); }},
      {"setns", [] { return static_cast<long>(::setns(0, 0)); }},
      {"unshare", [] { return static_cast<long>(::unshare(CLONE_NEWUSER)); }},
      {"clone_newuser", [] { return ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0); }},
      {"clone3", [] { return ::syscall(SYS_clone3, nullptr, 0); }},
      {"setaffinity",
       [] {
         cpu_set_t set;
         CPU_ZERO(&set);
         CPU_SET(0, &set);
         return static_cast<long>(::sched_setaffinity(0, sizeof(set), &set));
       }},
      {"nice", [] { return static_cast<long>(::setpriority(PRIO_PROCESS, 0, -5)); }},
      {"tiocsti", [] { return static_cast<long>(::ioctl(0, 0x5412, "x")); }},
      {"personality", [] { return ::syscall(SYS_personality, 0x0040000); }},
      {"sethostname", [] { return static_cast<long>(::sethostname("evil", 4)); }},
      {"setuid", [] { return static_cast<long>(::setuid(0)); }},
      {"raise_files", [] {
         const rlimit more{1 << 20, 1 << 20};
         return static_cast<long>(::setrlimit(RLIMIT_NOFILE, &more));
       }}};
  report(name.c_str(), kCalls.at(name)());
  return 0;
}

int descriptors() {
  DIR* directory = ::opendir("/proc/self/fd");
  for (dirent* entry = nullptr; (entry = ::readdir(directory)) != nullptr;) {
    if (entry->d_name[0] != '.' && std::atoi(entry->d_name) != ::dirfd(directory))
      std::printf("fd=%s\n", entry->d_name);
  }
  return 0;
}

void print_matching_lines(const char* path, std::initializer_list<const char*> words) {
  std::FILE* file = std::fopen(path, "r");
  char line[512];
  while (file != nullptr && std::fgets(line, sizeof(line), file) != nullptr) {
    for (const char* word : words) {
      if (std::strncmp(line, word, std::strlen(word)) == 0) std::printf("%s", line);
    }
  }
}

int who_am_i() {
  utsname names{};
  ::uname(&names);
  std::printf("uid=%d host=%s session=%d\n", ::getuid(), names.nodename, ::getsid(0) != 0);
  print_matching_lines("/proc/self/status", {"CapEff", "CapBnd", "NoNewPrivs", "Seccomp:"});
  for (char** entry = environ; *entry != nullptr; ++entry) std::printf("env %s\n", *entry);
  int processes = 0;
  DIR* directory = ::opendir("/proc");
  for (dirent* entry = nullptr; (entry = ::readdir(directory)) != nullptr;)
    processes += entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
  std::printf("processes=%d\n", processes);
  return 0;
}

int scratch() {
  const int file = ::open("/tmp/big", O_WRONLY | O_CREAT, 0644);
  const std::string block(1 << 20, 'x');
  long long total = 0;
  while (total < std::atoll(argument(0).c_str())) {
    const auto count = ::write(file, block.data(), block.size());
    if (count <= 0) break;
    total += count;
  }
  std::printf("scratch=%lld error=%s\n", total, ::strerrorname_np(errno));
  return 0;
}

int threads() {
  for (int i = 0; i < 10000; ++i) {
    pthread_t thread = 0;
    if (::pthread_create(
            &thread, nullptr, [](void*) -> void* { return ::pause(), nullptr; }, nullptr) != 0) {
      std::printf("threads=%d\n", i);
      return 0;
    }
  }
  std::printf("threads=all\n");
  return 0;
}

int spin() {
  while (true) ::getpid();
}

int serve() {
  const int caller = ::accept(3, nullptr, nullptr);
  report("accept", caller);
  return ::send(caller, "hello", 5, 0) == 5 ? 0 : 1;
}

int burn() {
  timespec now{};
  do ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < std::atoi(argument(0).c_str()));
  std::printf("burnt\n");
  std::fflush(stdout);
  if (argument(1) == "stay") ::pause();
  return 0;
}

}  // namespace

int main(int count, char** words) {
  for (int i = 2; i < count; ++i) arguments.emplace_back(words[i]);
  const std::string mode = count > 1 ? words[1] : "";
  if (mode == "network") return network();
  if (mode == "files") return files();
  if (mode == "fork_bomb") return fork_bomb();
  if (mode == "memory") return memory();
  if (mode == "flood") return flood();
  if (mode == "daemon") return daemonize();
  if (mode == "call") return call(argument(0));
  if (mode == "descriptors") return descriptors();
  if (mode == "who_am_i") return who_am_i();
  if (mode == "scratch") return scratch();
  if (mode == "threads") return threads();
  if (mode == "spin") return spin();
  if (mode == "burn") return burn();
  if (mode == "serve") return serve();
  if (mode == "hang") return ::pause();
  if (mode == "exit") return std::atoi(argument(0).c_str());
  if (mode == "signal") return ::raise(std::atoi(argument(0).c_str()));
  if (mode == "kill_everything")
    return report("kill_everything", ::kill(-1, SIGKILL)), report("kill_parent", ::kill(::getppid(), SIGKILL)), 0;
  return 64;
}
