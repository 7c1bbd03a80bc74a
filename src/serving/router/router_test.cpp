#include "serving/router/router.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/core/random.h"

namespace noonmark::router {
namespace {

using namespace std::chrono_literals;
using job::Failure;
using Kind = Failure::Kind;

/// A worker whose jobs end when the test says so.
class FakePort final : public link::Port, public std::enable_shared_from_this<FakePort> {
 public:
  FakePort(std::uint8_t name, std::vector<job::Offer> offers) : offers_(std::move(offers)) { account_.bytes[0] = name; }
  const sign::AccountId& worker() const override { return account_; }
  std::vector<job::Offer> offers() const override { return offers_; }
  void start(const job::Job& job, std::shared_ptr<job::Sink> sink) override {
    running.push_back({job, std::move(sink)});
  }
  void wish(const std::vector<job::Wish>&) override {}
  void cancel(const job::JobId& id) override {
    const auto found = std::ranges::find(running, id, [](const auto& one) { return one.first.id; });
    if (found != running.end())
      end(static_cast<std::size_t>(found - running.begin()), Failure{Kind::cancelled, "gone"});
  }
  void end(std::size_t index, const std::optional<Failure>& failure = {}) {
    const auto sink = running.at(index).second;
    running.erase(running.begin() + static_cast<std::ptrdiff_t>(index));
    if (!failure) {
      sink->on_head(200, "text/plain");
      sink->on_piece("done");
    }
    sink->on_end(failure ? &*failure : nullptr);
  }
  void break_off() {
    while (!running.empty()) end(0, Failure{Kind::lost, "gone"});
  }
  std::vector<job::Offer> offers_;
  std::vector<std::pair<job::Job, std::shared_ptr<job::Sink>>> running;

 private:
  sign::AccountId account_;
};

class Caller final : public job::Sink {
 public:
  void on_head(int, std::string_view) override { EXPECT_EQ(ends, 0); }
  void on_piece(std::string_view bytes) override { body += bytes; }
  void on_end(const Failure* failure) override {
    ++ends;
    if (failure != nullptr) kind = failure->kind;
  }
  int ends = 0;
  std::string body;
  std::optional<Kind> kind;
};

class RouterTest : public testing::Test {
 protected:
  std::shared_ptr<FakePort> join(int slots = 1, const std::string& model = "m") {
    auto port = std::make_shared<FakePort>(++names_, std::vector<job::Offer>{{model, "text-to-image", slots}});
    router_.on_offers(port);
    return port;
  }
  std::shared_ptr<Caller> submit(const std::string& caller = "ann", core::Nanos time = 60s) {
    auto sink = std::make_shared<Caller>();
    last_ = job::random_job_id();
    router_.submit({last_, "m", "/v1/x", "{}", time}, caller, sink);
    return sink;
  }
  Model model() const { return router_.models().at(0); }

  core::FakeClock clock_;
  Router router_{clock_,
                 1,
                 {.attempts = 3,
                  .queue = 6,
                  .queue_per_caller = 4,
                  .eject = 10s,
                  .hedge_after = 3,
                  .hedge_least = 500ms,
                  .hedge_budget = 0.5,
                  .on_outcome = [this](const Outcome& one) { outcomes_.push_back(one); }}};
  std::vector<Outcome> outcomes_;
  job::JobId last_;
  std::uint8_t names_ = 0;
};

TEST_F(RouterTest, AnAnswerGoesToItsCaller) {
  const auto port = join();
  const auto caller = submit();
  ASSERT_EQ(port->running.size(), 1u);
  EXPECT_EQ(model().busy, 1);
  port->end(0);
  EXPECT_EQ(caller->body, "done");
  EXPECT_EQ(caller->ends, 1);
  EXPECT_EQ(model().busy, 0);
  EXPECT_EQ(router_.counters().answered, 1u);
}

TEST_F(RouterTest, WithoutAWorkerItSaysSo) {
  EXPECT_EQ(submit()->kind, Kind::unable);
  join(1, "other");
  EXPECT_EQ(submit()->kind, Kind::unable);
}

TEST_F(RouterTest, JobsWaitForASlotAndCallersTakeTurns) {
  const auto port = join();
  const auto running = submit("ann");
  std::vector<std::shared_ptr<Caller>> ann = {submit("ann"), submit("ann"), submit("ann")};
  const auto bob = submit("bob");
  EXPECT_EQ(model().waiting, 4);
  port->end(0);  // ann's running one; her next begins
  port->end(0);
  EXPECT_EQ(ann[0]->ends, 1);
  port->end(0);
  EXPECT_EQ(bob->ends, 1) << "bob waited for one of ann's only";
}

TEST_F(RouterTest, AFullQueueIsToldAtOnce) {
  join();
  submit("ann");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(submit("ann")->ends, 0);
  EXPECT_EQ(submit("ann")->kind, Kind::busy) << "ann has her share";
  EXPECT_EQ(submit("bob")->ends, 0);
  EXPECT_EQ(submit("cid")->ends, 0);
  EXPECT_EQ(submit("dan")->kind, Kind::busy) << "the queue is full";
  EXPECT_EQ(router_.counters().refused_full, 2u);
}

TEST_F(RouterTest, AnotherWorkerIsTriedBeforeTheCallerSeesAnything) {
  const auto a = join(), b = join();
  const auto caller = submit();
  const auto& first = a->running.empty() ? b : a;
  const auto& second = a->running.empty() ? a : b;
  first->end(0, Failure{Kind::lost, "broke"});
  ASSERT_EQ(second->running.size(), 1u);
  EXPECT_EQ(caller->ends, 0);
  second->end(0);
  EXPECT_EQ(caller->body, "done");
  EXPECT_EQ(router_.counters().retries, 1u);
}

TEST_F(RouterTest, WhenAllHaveFailedTheCallerHearsTheLastFailure) {
  const auto a = join(), b = join();
  const auto caller = submit();
  (a->running.empty() ? b : a)->end(0, Failure{Kind::lost, "broke"});
  (a->running.empty() ? b : a)->end(0, Failure{Kind::unable, "no memory"});
  EXPECT_EQ(caller->kind, Kind::unable);
  EXPECT_EQ(caller->ends, 1);
}

TEST_F(RouterTest, ARefusalIsTheCallersAndNotTriedAgain) {
  const auto a = join(), b = join();
  const auto caller = submit();
  (a->running.empty() ? b : a)->end(0, Failure{Kind::refused, "bad size"});
  EXPECT_EQ(caller->kind, Kind::refused);
  EXPECT_TRUE(a->running.empty() && b->running.empty());
  EXPECT_EQ(router_.counters().ejections, 0u);
}

TEST_F(RouterTest, AfterTheFirstByteAFailureIsTheAnswersEnd) {
  const auto a = join(), b = join();
  const auto caller = submit();
  const auto& port = a->running.empty() ? b : a;
  port->running[0].second->on_head(200, "text/plain");
  port->running[0].second->on_piece("half");
  port->end(0, Failure{Kind::lost, "broke"});
  EXPECT_EQ(caller->kind, Kind::lost);
  EXPECT_EQ(caller->body, "half");
}

/// A caller who sees nothing before the end.
class PatientCaller final : public job::Sink {
 public:
  void on_head(int, std::string_view) override { ++heads; }
  void on_piece(std::string_view bytes) override { body += bytes; }
  bool restart() override {
    body.clear();
    return true;
  }
  void on_end(const Failure* failure) override {
    ++ends;
    EXPECT_EQ(failure, nullptr);
  }
  int heads = 0, ends = 0;
  std::string body;
};

TEST_F(RouterTest, AnAnswerOfWhichTheCallerHasSeenNothingBeginsAnewElsewhere) {
  const auto a = join(), b = join();
  const auto caller = std::make_shared<PatientCaller>();
  router_.submit({job::random_job_id(), "m", "/v1/x", "{}", 60s}, "ann", caller);
  const auto& port = a->running.empty() ? b : a;
  const auto& other = a->running.empty() ? a : b;
  port->running[0].second->on_head(200, "text/plain");
  port->running[0].second->on_piece("half");
  port->end(0, Failure{Kind::lost, "broke"});
  ASSERT_EQ(other->running.size(), 1u);
  other->end(0);
  EXPECT_EQ(caller->body, "done");
  EXPECT_EQ(caller->ends, 1);
}

TEST_F(RouterTest, ALostJobWaitsForTheOnlyWorkerToComeBack) {
  const auto port = join();
  const auto caller = submit();
  router_.on_gone(port);
  port->break_off();
  EXPECT_EQ(caller->ends, 0);
  const auto again = join();
  ASSERT_EQ(again->running.size(), 1u);
  again->end(0);
  EXPECT_EQ(caller->body, "done");
}

/// Two workers whose jobs are known to take a second, and a job that one of them has.
struct Hedge {
  std::shared_ptr<FakePort> slow, other;
  std::shared_ptr<Caller> caller;
};

class HedgeTest : public RouterTest {
 protected:
  Hedge begin() {
    const auto a = join(), b = join();
    const auto first = submit(), second = submit();
    clock_.advance(1s);
    a->end(0);
    b->end(0);
    const auto caller = submit();
    return a->running.empty() ? Hedge{b, a, caller} : Hedge{a, b, caller};
  }
};

TEST_F(HedgeTest, ASilentWorkersJobGoesToAnotherOneToo) {
  const Hedge hedge = begin();
  clock_.advance(2900ms);
  router_.tick();
  EXPECT_TRUE(hedge.other->running.empty()) << "three times as long as usual is patience";
  clock_.advance(200ms);
  router_.tick();
  router_.tick();
  ASSERT_EQ(hedge.other->running.size(), 1u);
  hedge.other->end(0);
  EXPECT_EQ(hedge.caller->body, "done");
  EXPECT_EQ(hedge.caller->ends, 1);
  EXPECT_TRUE(hedge.slow->running.empty()) << "it is called off there";
  EXPECT_EQ(model().busy, 0);
  EXPECT_EQ(router_.counters().hedges, 1u);
  EXPECT_EQ(router_.counters().retries, 0u);
  EXPECT_EQ(router_.counters().ejections, 1u) << "it rests";
  EXPECT_EQ(router_.in_flight(), 0u);
}

TEST_F(HedgeTest, WhoBeginsFirstHasTheJobAndTheOtherIsCalledOff) {
  const Hedge hedge = begin();
  clock_.advance(4s);
  router_.tick();
  ASSERT_EQ(hedge.other->running.size(), 1u);
  hedge.slow->end(0);
  EXPECT_EQ(hedge.caller->body, "done");
  EXPECT_EQ(hedge.caller->ends, 1);
  EXPECT_TRUE(hedge.other->running.empty());
  EXPECT_EQ(router_.in_flight(), 0u);
}

TEST_F(HedgeTest, AFailureOfOneLeavesTheJobToTheOther) {
  const Hedge hedge = begin();
  clock_.advance(4s);
  router_.tick();
  hedge.slow->end(0, Failure{Kind::lost, "broke"});
  EXPECT_EQ(hedge.caller->ends, 0);
  hedge.other->end(0);
  EXPECT_EQ(hedge.caller->body, "done");
}

TEST_F(HedgeTest, WhenBothFailTheCallerHearsOfItOnce) {
  const Hedge hedge = begin();
  clock_.advance(4s);
  router_.tick();
  hedge.slow->end(0, Failure{Kind::lost, "broke"});
  hedge.other->end(0, Failure{Kind::unable, "no memory"});
  EXPECT_EQ(hedge.caller->ends, 1);
  EXPECT_EQ(hedge.caller->kind, Kind::unable);
}

TEST_F(HedgeTest, ACallerWhoLeavesEndsBoth) {
  const Hedge hedge = begin();
  clock_.advance(4s);
  router_.tick();
  router_.cancel(last_);
  EXPECT_TRUE(hedge.slow->running.empty() && hedge.other->running.empty());
  EXPECT_EQ(hedge.caller->kind, Kind::cancelled);
  EXPECT_EQ(hedge.caller->ends, 1);
  EXPECT_EQ(router_.counters().ejections, 0u);
}

TEST_F(RouterTest, APinnedJobGoesToItsPackageAlone) {
  auto old = std::make_shared<FakePort>(1, std::vector<job::Offer>{{"m", "chat", 9, std::string(64, 'a')}});
  auto fresh = std::make_shared<FakePort>(2, std::vector<job::Offer>{{"m", "chat", 1, std::string(64, 'b')}});
  router_.on_offers(old);
  router_.on_offers(fresh);
  EXPECT_EQ(model().packages.size(), 2u);
  const auto pinned = [&](const std::string& package) {
    auto sink = std::make_shared<Caller>();
    router_.submit({job::random_job_id(), "m", "/v1/x", "{}", 60s, package, ""}, "ann", sink);
    return sink;
  };
  pinned("bbbb");
  const auto waiting = pinned("bbbb");
  EXPECT_EQ(fresh->running.size(), 1u);
  EXPECT_TRUE(old->running.empty()) << "it waits rather than go elsewhere";
  fresh->end(0);
  EXPECT_EQ(fresh->running.size(), 1u);
  EXPECT_EQ(pinned("cccc")->kind, Kind::unable);
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(outcomes_[0].package, std::string(64, 'b'));
  EXPECT_TRUE(outcomes_[0].well);
}

TEST_F(RouterTest, AWorkerThatFailedGetsNothingForAWhile) {
  const auto a = join(), b = join(4);
  submit();
  const bool at_a = !a->running.empty();
  const auto bad = at_a ? a : b, good = at_a ? b : a;
  bad->end(0, Failure{Kind::unable, "no memory"});
  good->end(0);
  for (int i = 0; i < 10; ++i) {
    submit();
    ASSERT_EQ(good->running.size(), 1u);
    good->end(0);
  }
  clock_.advance(11s);
  bool served = false;
  for (int i = 0; i < 50 && !served; ++i) {
    submit();
    served = !bad->running.empty();
    (served ? bad : good)->end(0);
  }
  EXPECT_TRUE(served);
}

TEST_F(RouterTest, WhatWaitsTooLongEnds) {
  const auto port = join();
  submit();
  const auto late = submit("ann", 5s), later = submit("ann", 50s);
  clock_.advance(6s);
  router_.tick();
  EXPECT_EQ(late->kind, Kind::timeout);
  EXPECT_EQ(later->ends, 0);
  EXPECT_EQ(model().waiting, 1);
}

TEST_F(RouterTest, ACancelledJobLeavesItsPlace) {
  const auto port = join();
  const auto running = submit();
  const job::JobId running_id = last_;
  const auto waiting = submit();
  router_.cancel(last_);
  EXPECT_EQ(waiting->kind, Kind::cancelled);
  router_.cancel(running_id);
  EXPECT_EQ(running->kind, Kind::cancelled);
  EXPECT_EQ(model().busy, 0);
  EXPECT_EQ(router_.counters().ejections, 0u);
  router_.cancel(running_id);  // unknown by now
}

TEST(Router, AtItsEndWhatWaitsEndsAndWhatRunsGoesOn) {
  core::FakeClock clock;
  const auto port = std::make_shared<FakePort>(1, std::vector<job::Offer>{{"m", "chat", 1}});
  const auto running = std::make_shared<Caller>(), waiting = std::make_shared<Caller>();
  {
    Router router(clock, 1);
    router.on_offers(port);
    router.submit({job::random_job_id(), "m", "/v1/x", "{}", 60s}, "ann", running);
    router.submit({job::random_job_id(), "m", "/v1/x", "{}", 60s}, "ann", waiting);
  }
  EXPECT_EQ(waiting->kind, Kind::unable);
  EXPECT_EQ(running->ends, 0);
  port->end(0);
  EXPECT_EQ(running->body, "done");
  EXPECT_EQ(running->ends, 1);
}

TEST_F(RouterTest, ADrainingWorkerGetsNothingNew) {
  const auto port = join();
  const auto caller = submit();
  port->offers_.clear();
  router_.on_offers(port);
  EXPECT_TRUE(router_.models().empty());
  EXPECT_EQ(submit()->kind, Kind::unable);
  port->end(0);
  EXPECT_EQ(caller->body, "done");
}

/// Whatever happens in whatever order: every job ends once, and in the end no slot is taken.
TEST_F(RouterTest, NoSlotLeaksAndEveryJobEndsOnce) {
  core::Philox random(7);
  std::vector<std::shared_ptr<FakePort>> ports;
  std::vector<std::shared_ptr<Caller>> callers;
  std::vector<job::JobId> ids;
  const std::array<std::optional<Failure>, 6> ends = {std::nullopt,
                                                      std::nullopt,
                                                      Failure{Kind::unable, ""},
                                                      Failure{Kind::busy, ""},
                                                      Failure{Kind::timeout, ""},
                                                      Failure{Kind::refused, ""}};
  for (int step = 0; step < 20'000; ++step) {
    const auto what = random.below(12);
    if (what < 4) {
      callers.push_back(submit(std::string(1, static_cast<char>('a' + random.below(4))), 1s + 1s * random.below(30)));
      ids.push_back(last_);
    } else if (what < 8 && !ports.empty()) {
      FakePort& port = *ports[random.below(ports.size())];
      if (!port.running.empty()) port.end(random.below(port.running.size()), ends[random.below(ends.size())]);
    } else if (what == 8 && ports.size() < 5) {
      ports.push_back(join(static_cast<int>(1 + random.below(3))));
    } else if (what == 9 && !ports.empty() && random.below(4) == 0) {
      const auto port = ports[random.below(ports.size())];
      std::erase(ports, port);
      router_.on_gone(port);
      port->break_off();
    } else if (what == 10 && !ids.empty()) {
      router_.cancel(ids[random.below(ids.size())]);
    } else if (what == 11) {
      clock_.advance(std::chrono::milliseconds(random.below(2000)));
      router_.tick();
    }
    int running = 0, busy = 0;
    for (const auto& port : ports) {
      running += static_cast<int>(port->running.size());
      EXPECT_LE(port->running.size(), static_cast<std::size_t>(port->offers_[0].slots));
    }
    for (const Model& one : router_.models()) busy += one.busy;
    ASSERT_EQ(running, busy) << "step " << step;
  }
  for (const auto& port : ports) {
    while (!port->running.empty()) port->end(0);
  }
  clock_.advance(3600s);
  router_.tick();
  for (const auto& port : ports) EXPECT_TRUE(port->running.empty());
  for (const auto& caller : callers) EXPECT_EQ(caller->ends, 1);
  const Counters counters = router_.counters();
  EXPECT_EQ(counters.jobs, callers.size());
  EXPECT_EQ(counters.answered + counters.failed, counters.jobs);
}

}  // namespace
}  // namespace noonmark::router
