#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "base/codec/json.h"
#include "serving/link/gate.h"

namespace noonmark::openai {

/// A worker that answers by the prompt, at once, on the caller's thread.
class PlayedPort final : public link::Port {
 public:
  /// `more`: served beside "quick", which makes pictures, and "talker", which writes.
  explicit PlayedPort(const std::vector<job::Offer>& more = {})
      : offers_{{"quick", "text-to-image", 1, std::string(64, 'a')}, {"talker", "chat", 1}} {
    offers_.insert(offers_.end(), more.begin(), more.end());
  }
  const sign::AccountId& worker() const override { return account_; }
  std::vector<job::Offer> offers() const override { return offers_; }
  // The sink is shared with the router.
  void start(const job::Job& job, std::shared_ptr<job::Sink> sink) override {
    const std::lock_guard lock(mutex_);
    last_ = job;
    const codec::Json body = codec::parse_json(job.body).value();
    const codec::Json* const said =
        body.find("messages") == nullptr ? body.find("prompt") : body.find("messages")->as_array()[0].find("content");
    const std::string prompt = said == nullptr ? "" : said->as_string();
    if (prompt == "hold") return held_.push_back({job.id, std::move(sink)});
    if (prompt == "refuse") return fail(*sink, job::Failure::Kind::refused, "that size is not possible");
    if (prompt == "break") return fail(*sink, job::Failure::Kind::unable, "no memory");
    if (prompt == "late") return fail(*sink, job::Failure::Kind::timeout, "took too long");
    const bool streams = job.body.find("\"stream\":true") != std::string::npos;
    sink->on_head(200, streams ? "text/event-stream" : "application/json");
    sink->on_piece(streams ? "data: 1\n\n" : "{\"data\":");
    if (prompt == "half") return fail(*sink, job::Failure::Kind::lost, "the connection broke");
    sink->on_piece(streams ? "data: [DONE]\n\n" : "[]}");
    if (prompt == "sign") sink->on_receipt(R"({"package":"aaaa"})");
    sink->on_end(nullptr);
  }
  void wish(const std::vector<job::Wish>&) override {}
  void cancel(const job::JobId& id) override {
    std::shared_ptr<job::Sink> sink;  // as above
    {
      const std::lock_guard lock(mutex_);
      const auto found = std::ranges::find(held_, id, [](const auto& one) { return one.first; });
      if (found == held_.end()) return;
      sink = found->second;
      held_.erase(found);
    }
    ++cancelled;
    fail(*sink, job::Failure::Kind::cancelled, "gone");
  }
  job::Job last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }
  bool holds() {
    const std::lock_guard lock(mutex_);
    return !held_.empty();
  }
  std::atomic<int> cancelled{0};

 private:
  static void fail(job::Sink& sink, job::Failure::Kind kind, const char* message) {
    const job::Failure failure{kind, message};
    sink.on_end(&failure);
  }
  std::vector<job::Offer> offers_;
  sign::AccountId account_;
  std::mutex mutex_;
  job::Job last_;
  std::vector<std::pair<job::JobId, std::shared_ptr<job::Sink>>> held_;  // as above
};

}  // namespace noonmark::openai
