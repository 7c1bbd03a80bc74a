// A worker at a real gate, with backends that the test plays.
#include "serving/worker/worker.h"

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "net/server/http_server.h"
#include "serving/link/gate.h"
#include "serving/receipt/receipt.h"
#include "serving/worker/follower.h"

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
  void on_receipt(std::string_view text) override { receipt = text; }
  void on_end(const Failure* failure) override {
    if (failure != nullptr) kind = static_cast<int>(failure->kind);
    ended = true;
  }
  std::string body, receipt;
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
  }
  void begin() {
    worker_ = std::make_unique<Worker>(key_, clock_, Device{"a processor", "a runtime"}, [](std::string_view) {});
    ASSERT_TRUE(worker_->serve(held_).ok());
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
    port()->start({job::random_job_id(), model, "/v1/x", "hello", 30s, "", "req_1"}, sink);
    return sink;
  }

  core::SystemClock clock_;
  const sign::Sr25519Pair gateway_key_ = pair_of(1), key_ = pair_of(2);
  std::mutex mutex_;
  std::shared_ptr<link::Port> port_;
  std::unique_ptr<link::Gate> gate_;
  std::unique_ptr<server::HttpServer> server_;
  const std::shared_ptr<HeldBackend> held_ =
      std::make_shared<HeldBackend>(job::Offer{"m", "chat", 2, std::string(64, 'a')});
  std::atomic<bool> stop_{false};
  core::Result<void> outcome_;
  std::unique_ptr<Worker> worker_;
  std::jthread runner_;
};

TEST_F(WorkerTest, RestingItEndsWhatItHasBegunAndTakesNoMore) {
  begin();
  const auto first = start();
  ASSERT_TRUE(eventually([&] { return held_->running == 1; }));
  worker_->rest("the device runs on its battery");
  ASSERT_TRUE(eventually([&] { return port()->offers().empty(); }));
  const auto second = start();
  ASSERT_TRUE(eventually([&] { return second->ended.load(); }));
  EXPECT_EQ(second->kind, static_cast<int>(Failure::Kind::busy)) << "another worker is to have it";
  held_->open = true;
  ASSERT_TRUE(eventually([&] { return first->ended.load(); }));
  EXPECT_EQ(first->body, "hello");
  worker_->rest("");
  ASSERT_TRUE(eventually([&] { return port()->offers().size() == 1; }));
  const auto third = start();
  ASSERT_TRUE(eventually([&] { return third->ended.load(); }));
  EXPECT_EQ(third->body, "hello");
}

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

TEST_F(WorkerTest, AWholeAnswerGetsASignedReceipt) {
  begin();
  held_->open = true;
  const auto job = start();
  ASSERT_TRUE(eventually([&] { return job->ended.load(); }));
  const receipt::Receipt receipt = receipt::verify(job->receipt).value();
  EXPECT_EQ(receipt.worker, key_.account());
  EXPECT_EQ(receipt.trace, "req_1");
  EXPECT_EQ(receipt.package, std::string(64, 'a'));
  EXPECT_EQ(receipt.device, "a processor");
  EXPECT_EQ(receipt.request, hash::sha256("hello"));
  EXPECT_EQ(receipt.answer, hash::sha256("hello"));
}

TEST_F(WorkerTest, AnotherPackageTakesOverWhileTheOldOneEndsItsJobs) {
  begin();
  const auto old = start();
  ASSERT_TRUE(eventually([&] { return held_->running == 1; }));
  const auto newer = std::make_shared<HeldBackend>(job::Offer{"m", "chat", 1, std::string(64, 'b')});
  ASSERT_TRUE(worker_->serve(newer).ok());
  ASSERT_TRUE(eventually([&] { return port()->offers().at(0).package == std::string(64, 'b'); }));
  const auto next = start();
  ASSERT_TRUE(eventually([&] { return newer->running == 1; }));
  EXPECT_EQ(held_->running, 1) << "nobody takes it from its job";
  held_->open = newer->open = true;
  ASSERT_TRUE(eventually([&] { return old->ended && next->ended; }));
  EXPECT_EQ(receipt::verify(old->receipt)->package, std::string(64, 'a'));
  EXPECT_EQ(receipt::verify(next->receipt)->package, std::string(64, 'b'));
  worker_->drop("m");
  ASSERT_TRUE(eventually([&] { return port()->offers().empty(); }));
}

TEST_F(WorkerTest, AJobForAnotherPackageIsRefused) {
  begin();
  held_->open = true;
  auto sink = std::make_shared<Ending>();
  port()->start({job::random_job_id(), "m", "/v1/x", "hello", 30s, "bbbb", ""}, sink);
  ASSERT_TRUE(eventually([&] { return sink->ended.load(); }));
  EXPECT_EQ(sink->kind, static_cast<int>(Failure::Kind::busy));
}

// --- following the gateway's wishes

class FollowerTest : public WorkerTest {
 protected:
  job::Wish wish(char digit, const std::string& model = "w") { return {model, "chat", std::string(64, digit), 100}; }
  std::unique_ptr<Follower> follow(std::uint64_t budget) {
    return std::make_unique<Follower>(
        *worker_, PackageCache(folder_.path() / "packages", budget),
        [this](const job::Wish& wanted, const std::filesystem::path& place) -> core::Result<void> {
          ++fetched;
          if (failing-- > 0) return core::unavailable("not now");
          std::filesystem::create_directories(place);
          return core::write_file_atomic(place / "file", std::string(wanted.bytes, 'x'));
        },
        [](const job::Wish& wanted, const std::filesystem::path&) -> core::Result<BackendPtr> {
          return BackendPtr(std::make_shared<HeldBackend>(job::Offer{wanted.model, wanted.task, 1, wanted.package}));
        },
        [](std::string_view) {});
  }
  bool serves(const std::string& model, char digit) {
    return eventually([&] { return worker_->served()[model] == std::string(64, digit); });
  }
  const core::TempDir folder_ = core::TempDir::create("follower").value();
  std::atomic<int> fetched{0}, failing{0};
};

TEST_F(FollowerTest, WhatIsWishedForIsFetchedOnceAndServed) {
  begin();
  const auto follower = follow(1000);
  follower->want({wish('c')});
  ASSERT_TRUE(serves("w", 'c'));
  follower->want({wish('d')});
  ASSERT_TRUE(serves("w", 'd'));
  follower->want({wish('c')});
  ASSERT_TRUE(serves("w", 'c'));
  EXPECT_EQ(fetched, 2);
  follower->want({});
  ASSERT_TRUE(eventually([&] { return worker_->served().size() == 1; })) << "what it wasn't told to serve stays";
}

TEST_F(FollowerTest, AFetchThatFailsIsTriedAgain) {
  begin();
  failing = 1;
  const auto follower = follow(1000);
  follower->want({wish('c')});
  ASSERT_TRUE(serves("w", 'c'));
  EXPECT_EQ(fetched, 2);
}

TEST_F(FollowerTest, TheOldestPackageMakesRoom) {
  begin();
  const auto follower = follow(250);
  for (const char digit : {'c', 'd', 'e'}) {
    follower->want({wish(digit)});
    ASSERT_TRUE(serves("w", digit));
  }
  const std::filesystem::path packages = folder_.path() / "packages";
  EXPECT_FALSE(std::filesystem::exists(packages / std::string(64, 'c')));
  EXPECT_TRUE(std::filesystem::exists(packages / std::string(64, 'd')));
  follower->want({wish('e'), wish('f', "v"), wish('0', "u")});
  ASSERT_TRUE(serves("v", 'f'));
  std::this_thread::sleep_for(200ms);
  EXPECT_FALSE(worker_->served().contains("u")) << "there is no room for three that are needed";
}

}  // namespace
}  // namespace noonmark::worker
