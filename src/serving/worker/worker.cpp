#include "serving/worker/worker.h"

#include <utility>

namespace noonmark::worker {

using job::Failure;

namespace {

/// Frees the slot before the gateway hears of the end: it may send the next job at once.
class SlotAnswer final : public link::Answer {
 public:
  SlotAnswer(std::shared_ptr<link::Answer> to, std::function<void()> free)
      : to_(std::move(to)), free_(std::move(free)) {}
  ~SlotAnswer() override {
    if (free_) free_();
  }
  void head(int status, std::string_view content_type) override { to_->head(status, content_type); }
  bool piece(std::string_view bytes) override { return to_->piece(bytes); }
  void end(const Failure* failure) override {
    if (const auto free = std::exchange(free_, {})) free();
    to_->end(failure);
  }
  bool cancelled() const override { return to_->cancelled(); }

 private:
  const std::shared_ptr<link::Answer> to_;  // with the link
  std::function<void()> free_;
};

}  // namespace

Worker::Worker(const std::vector<std::unique_ptr<Backend>>& backends, const sign::Sr25519Pair& key, core::Clock& clock,
               OnNote on_note)
    : backends_(backends), key_(key), clock_(clock), on_note_(std::move(on_note)) {}

Worker::~Worker() {
  for (std::jthread& slot : slots_) slot.request_stop();
}

core::Result<std::vector<job::Offer>> Worker::collect_offers() {
  std::vector<job::Offer> all;
  for (const auto& backend : backends_) {
    for (job::Offer& offer : TRY(backend->offers())) {
      const std::lock_guard lock(mutex_);
      if (!served_.try_emplace(offer.model, Served{backend.get(), offer.slots, 0}).second) {
        return core::conflict("two of this worker's backends serve " + offer.model);
      }
      all.push_back(std::move(offer));
    }
  }
  return all;
}

core::Result<void> Worker::run(const link::UplinkSettings& settings, const std::atomic<bool>& stop, core::Nanos drain) {
  const std::vector<job::Offer> offers = TRY(collect_offers());
  for (const job::Offer& offer : offers) {
    on_note_("serving " + offer.model + " (" + offer.task + "), " + std::to_string(offer.slots) + " at once");
    for (int i = 0; i < offer.slots; ++i) slots_.emplace_back([this](const std::stop_token& ending) { work(ending); });
  }
  link::Uplink uplink(
      settings, key_, clock_,
      [this](job::Job job, const std::shared_ptr<link::Answer>& answer) { take(std::move(job), answer); },
      [this](std::string_view note) { on_note_(note); });
  uplink.offer(offers);
  return uplink.run(stop, drain);
}

void Worker::take(job::Job job, const std::shared_ptr<link::Answer>& answer) {
  {
    const std::lock_guard lock(mutex_);
    const auto served = served_.find(job.model);
    if (served != served_.end() && served->second.busy < served->second.slots) {
      ++served->second.busy;
      tasks_.push_back({std::move(job), answer});
      changed_.notify_one();
      return;
    }
  }
  const Failure failure{Failure::Kind::busy, "every slot of this worker is in use"};
  answer->end(&failure);
}

void Worker::work(const std::stop_token& stop) {
  while (true) {
    Task task;
    Backend* backend = nullptr;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [&] { return !tasks_.empty(); })) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
      backend = served_.at(task.job.model).backend;
    }
    const core::Nanos begun = clock_.steady();
    {
      SlotAnswer answer(std::move(task.answer), [&] {
        const std::lock_guard lock(mutex_);
        --served_.at(task.job.model).busy;
      });
      if (!answer.cancelled()) backend->answer(task.job, answer);
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - begun);
    on_note_("a job for " + task.job.model + " took " + std::to_string(took.count()) + " ms");
  }
}

}  // namespace noonmark::worker
