// A worker at a real gate, with backends that the test plays.
#include "serving/worker/worker.h"

#include <gtest/gtest.h>

#include "net/server/http_server.h"
#include "serving/link/gate.h"

namespace noonmark::worker {
namespace {

using namespace std::chrono_literals;
using job::Failure;

sign::Sr25519Pair pair_of(std::uint8_t number) {
  const std::array<std::uint8_t, 32> seed{number};
  return sign::Sr25519Pair(sign::Seed::from_bytes(seed));
}

template <class Condition>
bool eventually(Condition&& holds) {
  for (int i = 0; i < 2000 && !holds(); ++i) std::this_thread::sleep_for(5ms);
  return holds();
}

/// Answers when it is let.
class HeldBackend final : public Backend {
 public:
  explicit HeldBackend(job::Offer offer) : offer_(std::move(offer)) {}
  core::Result<std::vector<job::Offer>> offers() override { return std::vector<job::Offer>{offer_}; }
  void answer(const job::Job& job, link::Answer& answer) override {
    ++running;
    most = std::max(most.load(), running.load());
    EXPECT_TRUE(eventually([&] { return open.load() || answer.cancelled(); }));
    --running;
    answer.head(200, "text/plain");
    answer.piece(job.body);
    answer.end(nullptr);
  }
  std::atomic<int> running{0}, most{0};
  std::atomic<bool> open{false};

 private:
  const job::Offer offer_;
};

class Ending final : public job::Sink {
 public:
  void on_head(int, std::string_view) override {}
  void on_piece(std::string_view bytes) override { body += bytes; }
  void on_end(const Failure* failure) override {
    if (failure != nullptr) kind = static_cast<int>(failure->kind);
    ended = true;
  }
  std::string body;
  std::atomic<int> kind{-1};
  std::atomic<bool> ended{false};
};

class WorkerTest : public testing::Test {
 protected:
  WorkerTest() {
    link::GateHandlers handlers;
    handlers.may_serve = [](const sign::AccountId&) { return true; };
    handlers.on_offers = [this](const std::shared_ptr<link::Port>& port) {
      const std::lock_guard lock(mutex_);
      port_ = port;
    };
    handlers.on_gone = [](const std::shared_ptr<link::Port>&) {};
    gate_ = std::make_unique<link::Gate>(gateway_key_, clock_, link::GateSettings{}, std::move(handlers));
    server_ = server::HttpServer::start(server::Endpoint::tcp("127.0.0.1", 0), [this](const http::Request& request,
                                                                                      server::Responder responder) {
                gate_->accept(request, std::move(responder));
              }).value();
    backends_.push_back(std::make_unique<HeldBackend>(job::Offer{"m", "chat", 2}));
    held_ = static_cast<HeldBackend*>(backends_.back().get());
  }
  void begin() {
    worker_ = std::make_unique<Worker>(backends_, key_, clock_, [](std::string_view) {});
    runner_ = std::jthread([this] {
      outcome_ = worker_->run({"http://127.0.0.1:" + std::to_string(server_->port()), {}, {}, 5s, 1s}, stop_, 10s);
    });
    ASSERT_TRUE(eventually([&] { return port() != nullptr; }));
  }
  ~WorkerTest() override {
    stop_ = true;
    held_->open = true;
    if (runner_.joinable()) runner_.join();
    worker_.reset();
    server_.reset();
  }
  std::shared_ptr<link::Port> port() {
    const std::lock_guard lock(mutex_);
    return port_;
  }
  std::shared_ptr<Ending> start(const std::string& model = "m") {
    auto sink = std::make_shared<Ending>();
    port()->start({job::random_job_id(), model, "/v1/x", "hello", 30s}, sink);
    return sink;
  }

  core::SystemClock clock_;
  const sign::Sr25519Pair gateway_key_ = pair_of(1), key_ = pair_of(2);
  std::mutex mutex_;
  std::shared_ptr<link::Port> port_;
  std::unique_ptr<link::Gate> gate_;
  std::unique_ptr<server::HttpServer> server_;
  std::vector<std::unique_ptr<Backend>> backends_;
  HeldBackend* held_ = nullptr;
  std::atomic<bool> stop_{false};
  core::Result<void> outcome_;
  std::unique_ptr<Worker> worker_;
  std::jthread runner_;
};

TEST_F(WorkerTest, AsManyJobsAtOnceAsSlotsAndNoMore) {
  begin();
  const auto first = start(), second = start();
  ASSERT_TRUE(eventually([&] { return held_->running == 2; }));
  const auto third = start();
  ASSERT_TRUE(eventually([&] { return third->ended.load(); }));
  EXPECT_EQ(third->kind, static_cast<int>(Failure::Kind::busy));
  held_->open = true;
  ASSERT_TRUE(eventually([&] { return first->ended && second->ended; }));
  EXPECT_EQ(first->body, "hello");
  EXPECT_EQ(held_->most, 2);
}

TEST_F(WorkerTest, ASlotIsFreeWhenTheGatewayHearsOfTheEnd) {
  begin();
  held_->open = true;
  for (int i = 0; i < 300; ++i) {
    const auto a = start(), b = start();
    ASSERT_TRUE(eventually([&] { return a->ended && b->ended; }));
    ASSERT_EQ(a->kind, -1) << i;
    ASSERT_EQ(b->kind, -1) << i;
  }
}

TEST_F(WorkerTest, AModelThatItDoesntServeIsRefusedAsBusy) {
  begin();
  const auto strange = start("other");
  ASSERT_TRUE(eventually([&] { return strange->ended.load(); }));
  EXPECT_EQ(strange->kind, static_cast<int>(Failure::Kind::busy));
}

TEST_F(WorkerTest, StoppingLetsJobsEnd) {
  begin();
  const auto job = start();
  ASSERT_TRUE(eventually([&] { return held_->running == 1; }));
  stop_ = true;
  ASSERT_TRUE(eventually([&] { return port()->offers().empty(); }));
  held_->open = true;
  runner_.join();
  EXPECT_TRUE(outcome_.ok());
  EXPECT_EQ(job->body, "hello");
}

TEST_F(WorkerTest, TwoBackendsForOneModelAreAMistake) {
  backends_.push_back(std::make_unique<HeldBackend>(job::Offer{"m", "chat", 1}));
  Worker worker(backends_, key_, clock_, [](std::string_view) {});
  EXPECT_EQ(worker.run({"http://127.0.0.1:1", {}, {}, 1s, 1s}, stop_, 1s).error().kind, core::ErrorKind::conflict);
}

}  // namespace
}  // namespace noonmark::worker
