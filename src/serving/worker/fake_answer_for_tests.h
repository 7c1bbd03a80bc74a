#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "serving/link/uplink.h"

namespace noonmark::worker {

/// Keeps what a backend answers. Threads: any.
class FakeAnswer final : public link::Answer {
 public:
  void head(int status, std::string_view content_type) override {
    const std::lock_guard lock(mutex_);
    status_ = status;
    type_ = content_type;
  }
  bool piece(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    body_ += bytes;
    ++pieces_;
    changed_.notify_all();
    return !cancelled_;
  }
  void end(const job::Failure* failure, std::string_view) override {
    const std::lock_guard lock(mutex_);
    ++ends_;
    if (failure != nullptr) failure_ = *failure;
    changed_.notify_all();
  }
  bool cancelled() const override { return cancelled_; }

  void cancel() { cancelled_ = true; }
  bool has_pieces(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return pieces_ >= count; });
  }
  bool ended() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return ends_ > 0; });
  }

  int status_ = 0, pieces_ = 0, ends_ = 0;
  std::string type_, body_;
  std::optional<job::Failure> failure_;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace noonmark::worker
