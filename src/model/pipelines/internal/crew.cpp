#include "model/pipelines/internal/crew.h"

#include "base/core/check.h"

namespace noonmark::pipelines {

Crew::Crew(int threads) {
  CHECK(threads >= 1, "a crew has at least the caller");
  for (int i = 1; i < threads; ++i) helpers_.emplace_back([this] { help(); });
}

Crew::~Crew() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

void Crew::run(int count, const std::function<void(int)>& work) {
  if (helpers_.empty() || count <= 1) {
    for (int i = 0; i < count; ++i) work(i);
    return;
  }
  std::unique_lock lock(mutex_);
  work_ = &work;
  next_ = 0;
  count_ = count;
  wake_.notify_all();
  take_parts(lock);
  done_.wait(lock, [this] { return running_ == 0; });
  work_ = nullptr;
}

void Crew::take_parts(std::unique_lock<std::mutex>& lock) {
  while (next_ < count_) {
    const int part = next_++;
    const std::function<void(int)>& work = *work_;
    ++running_;
    lock.unlock();
    work(part);
    lock.lock();
    --running_;
  }
}

void Crew::help() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (work_ != nullptr && next_ < count_) {
      take_parts(lock);
      if (running_ == 0) done_.notify_all();
    } else {
      wake_.wait(lock);
    }
  }
}

}  // namespace noonmark::pipelines
