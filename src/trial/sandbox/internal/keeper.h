#pragma once

#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/core/files.h"
#include "trial/sandbox/internal/cgroup.h"
#include "trial/sandbox/internal/launch.h"
#include "trial/sandbox/process.h"
#include "trial/sandbox/sandbox.h"

namespace noonmark::sandbox {

/// What a keeper needs to start its program.
struct KeeperPlan {
  Launch launch;                      // output and status descriptors are added by the keeper
  std::vector<core::UniqueFd> owned;  // descriptors that must live until the program has been started
  std::unique_ptr<Group> group;       // nothing where there are no control groups
  Limits limits;
  // Nothing else limits the memory or the number of processes of the whole tree, or remembers its cpu time: look at it
  // now and then.
  bool watch_memory = false, watch_processes = false, watch_cpu = false;
  bool wrapped = false;    // prlimit stands between bubblewrap and the program
  bool walled = true;      // bubblewrap's two own processes stand between us and the program
  int status_number = -1;  // where bubblewrap writes its status, inside
};

/// One thread that forks the program (which dies with this thread), drains its output, holds its limits and reaps it.
class Process::Keeper {
 public:
  static core::Result<std::unique_ptr<Keeper>> start(KeeperPlan plan);
  ~Keeper();

  core::Result<std::chrono::nanoseconds> cpu_time() const;
  core::Result<Readings> readings() const;
  bool running() const;
  std::optional<End> wait(std::chrono::nanoseconds limit) const;
  End stop();
  std::string output() const;

 private:
  explicit Keeper(KeeperPlan plan) : plan_(std::move(plan)) {}
  void run(std::promise<core::Result<void>> started);
  core::Result<void> launch_program();
  void watch();
  void drain();
  void take_status();
  void kill_tree(EndKind reason);
  void wait_for_namespace();
  bool watches_tree() const { return plan_.watch_memory || plan_.watch_processes || plan_.watch_cpu; }
  void look_at_tree();
  void conclude(int wait_status);
  EndKind judge(int wait_status, int& code) const;
  Readings read_now() const;
  std::vector<pid_t> programs() const;

  KeeperPlan plan_;
  core::UniqueFd output_, status_, pidfd_, inner_pidfd_, wake_;
  std::atomic<pid_t> outer_{0};  // bubblewrap, or the program itself without a wall
  std::atomic<pid_t> inner_{0};  // process 1 inside, as seen from outside
  std::string status_text_;
  std::int64_t output_total_ = 0;
  std::optional<EndKind> reason_;  // why we killed it, when we did

  mutable std::mutex mutex_;
  mutable std::condition_variable ended_;
  std::string tail_;
  mutable Readings last_;
  std::optional<End> end_;
  std::thread thread_;
};

}  // namespace noonmark::sandbox
