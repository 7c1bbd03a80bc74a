#include "serving/worker/worker.h"

#include <utility>

#include "crypto/hash/hash.h"
#include "serving/receipt/receipt.h"

namespace noonmark::worker {

using job::Failure;

namespace {

/// Watches an answer: frees the slot before the gateway hears of the end, since it may send the next job at once, and
/// puts the receipt to a whole one.
class SlotAnswer final : public link::Answer {
 public:
  using Free = std::function<void()>;
  using Receipt = std::function<std::string(const hash::Digest& answer)>;
  SlotAnswer(std::shared_ptr<link::Answer> to, Free free, Receipt receipt)
      : to_(std::move(to)), free_(std::move(free)), receipt_(std::move(receipt)) {}
  ~SlotAnswer() override {
    if (free_) free_();
  }
  void head(int status, std::string_view content_type) override { to_->head(status, content_type); }
  bool piece(std::string_view bytes) override {
    hash_.update(core::as_bytes(bytes));
    return to_->piece(bytes);
  }
  void end(const Failure* failure, std::string_view) override {
    const std::string receipt = failure == nullptr ? receipt_(hash_.finish()) : "";
    if (const auto free = std::exchange(free_, {})) free();
    to_->end(failure, receipt);
  }
  bool cancelled() const override { return to_->cancelled(); }

 private:
  const std::shared_ptr<link::Answer> to_;  // with the link
  Free free_;
  const Receipt receipt_;
  hash::Sha256 hash_;
};

}  // namespace

Worker::Worker(const sign::Sr25519Pair& key, core::Clock& clock, Device device, OnNote on_note)
    : key_(key), clock_(clock), device_(std::move(device)), on_note_(std::move(on_note)) {}

Worker::~Worker() {
  for (std::jthread& slot : slots_) slot.request_stop();
}

core::Result<void> Worker::serve(BackendPtr backend) {
  const std::vector<job::Offer> offered = TRY(backend->offers());
  {
    const std::lock_guard lock(mutex_);
    for (const job::Offer& offer : offered) {
      served_[offer.model] = std::make_shared<Served>(Served{backend, offer, 0});
    }
  }
  for (const job::Offer& offer : offered) {
    const std::string package = offer.package.empty() ? "" : ", package " + offer.package.substr(0, 12);
    on_note_("serving " + offer.model + " (" + offer.task + package + "), " + std::to_string(offer.slots) + " at once");
  }
  tell_gateway();
  return {};
}

void Worker::drop(const std::string& model) {
  {
    const std::lock_guard lock(mutex_);
    if (served_.erase(model) == 0) return;
  }
  on_note_("serving " + model + " no more");
  tell_gateway();
}

void Worker::rest(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (resting_ == why) return;
    resting_ = why;
  }
  on_note_(why.empty() ? "working again" : "resting: " + why);
  tell_gateway();
}

std::map<std::string, std::string> Worker::served() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> packages;
  for (const auto& [model, one] : served_) packages[model] = one->offer.package;
  return packages;
}

std::vector<job::Offer> Worker::offers() const {
  std::vector<job::Offer> all;
  if (!resting_.empty()) return all;
  for (const auto& [model, one] : served_) all.push_back(one->offer);
  return all;
}

void Worker::tell_gateway() {
  const std::lock_guard lock(mutex_);
  if (uplink_ != nullptr) uplink_->offer(offers());
}

core::Result<void> Worker::run(const link::UplinkSettings& settings, const std::atomic<bool>& stop, core::Nanos drain,
                               link::Uplink::OnWishes on_wishes) {
  link::Uplink uplink(
      settings, key_, clock_,
      [this](job::Job job, const std::shared_ptr<link::Answer>& answer) { take(std::move(job), answer); }, on_note_,
      std::move(on_wishes));
  {
    const std::lock_guard lock(mutex_);
    uplink_ = &uplink;
    uplink.offer(offers());
  }
  auto ended = uplink.run(stop, drain);
  const std::lock_guard lock(mutex_);
  uplink_ = nullptr;
  return ended;
}

void Worker::take(job::Job job, const std::shared_ptr<link::Answer>& answer) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = served_.find(job.model);
    const bool fits = resting_.empty() && found != served_.end() && found->second->busy < found->second->offer.slots &&
                      found->second->offer.package.starts_with(job.package);
    if (fits) {
      ++found->second->busy;
      tasks_.push_back({std::move(job), answer, found->second});
      if (idle_ < tasks_.size()) slots_.emplace_back([this](const std::stop_token& ending) { work(ending); });
      changed_.notify_one();
      return;
    }
  }
  const Failure failure{Failure::Kind::busy, "this worker has no free slot"};
  answer->end(&failure);
}

void Worker::work(const std::stop_token& stop) {
  while (true) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      ++idle_;
      const bool some = changed_.wait(lock, stop, [&] { return !tasks_.empty(); });
      --idle_;
      if (!some) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    perform(std::move(task));
  }
}

void Worker::perform(Task task) {
  const core::Nanos begun = clock_.steady();
  {
    const auto free = [&] {
      const std::lock_guard lock(mutex_);
      --task.served->busy;
    };
    const auto receipt = [&](const hash::Digest& answer) {
      return receipt::sign({task.job.trace,
                            task.job.model,
                            task.served->offer.package,
                            device_.runtime,
                            device_.name,
                            hash::sha256(task.job.body),
                            answer,
                            clock_.now(),
                            {}},
                           key_);
    };
    SlotAnswer answer(std::move(task.answer), free, receipt);
    if (!answer.cancelled()) task.served->backend->answer(task.job, answer);
  }
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - begun);
  on_note_("a job for " + task.job.model + " took " + std::to_string(took.count()) + " ms");
}

}  // namespace noonmark::worker
