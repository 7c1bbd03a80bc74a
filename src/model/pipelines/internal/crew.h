#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace noonmark::pipelines {

/// A fixed team of threads for work that is split in equal parts again and again: the caller and `threads - 1` helpers
/// that sleep between calls. Threads: run() from one thread at a time.
class Crew {
 public:
  explicit Crew(int threads);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  int threads() const { return static_cast<int>(helpers_.size()) + 1; }

  /// Calls work(0) … work(count - 1), each once, spread over the team; returns when all are done.
  void run(int count, const std::function<void(int)>& work);

 private:
  void help();
  void take_parts(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  // Guarded by mutex_.
  const std::function<void(int)>* work_ = nullptr;
  int next_ = 0;
  int count_ = 0;
  int running_ = 0;
  bool stop_ = false;

  std::vector<std::thread> helpers_;  // constant after construction
};

}  // namespace noonmark::pipelines
