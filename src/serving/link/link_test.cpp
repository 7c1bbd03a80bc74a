// Both ends over real sockets.
#include <condition_variable>
#include <thread>

#include <gtest/gtest.h>

#include "net/client/websocket_client.h"
#include "serving/link/gate.h"
#include "serving/link/uplink.h"

namespace noonmark::link {
namespace {

using namespace std::chrono_literals;
using core::ErrorKind;
using job::Failure;

sign::Sr25519Pair pair_of(std::uint8_t number) {
  const std::array<std::uint8_t, 32> seed{number};
  return sign::Sr25519Pair(sign::Seed::from_bytes(seed));
}

/// Waits for what another thread does; false after a long time.
template <class Condition>
bool eventually(Condition&& holds) {
  for (int i = 0; i < 2000 && !holds(); ++i) std::this_thread::sleep_for(5ms);
  return holds();
}

class Collector final : public job::Sink {
 public:
  void on_head(int status, std::string_view content_type) override {
    const std::lock_guard lock(mutex_);
    status_ = status;
    type_ = content_type;
  }
  void on_piece(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    body_ += bytes;
    ++pieces_;
    changed_.notify_all();
  }
  void on_receipt(std::string_view receipt) override {
    const std::lock_guard lock(mutex_);
    receipt_ = receipt;
  }
  void on_end(const Failure* failure) override {
    const std::lock_guard lock(mutex_);
    ++ends_;
    if (failure != nullptr) failure_ = *failure;
    changed_.notify_all();
  }
  bool ended() {
    return wait([&] { return ends_ > 0; });
  }
  bool has_pieces(int count) {
    return wait([&] { return pieces_ >= count; });
  }
  int status_ = 0, pieces_ = 0, ends_ = 0;
  std::string type_, body_, receipt_;
  std::optional<Failure> failure_;

 private:
  template <class Condition>
  bool wait(Condition&& holds) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, holds);
  }
  std::mutex mutex_;
  std::condition_variable changed_;
};

/// A gateway that takes the worker with key 2.
class Gateway {
 public:
  explicit Gateway(std::uint16_t at = 0, core::Nanos handshake = 10s) {
    GateHandlers handlers;
    handlers.may_serve = [](const sign::AccountId& who) { return who == pair_of(2).account(); };
    handlers.on_offers = [this](const std::shared_ptr<Port>& port) {
      const std::lock_guard lock(mutex_);
      port_ = port;
    };
    handlers.on_gone = [this](const std::shared_ptr<Port>& port) {
      const std::lock_guard lock(mutex_);
      ++gone_;
      if (port_ == port) port_.reset();
    };
    gate_ = std::make_unique<Gate>(key_, clock_, GateSettings{{}, handshake, 100}, std::move(handlers));
    server::Limits limits;
    limits.websocket.message_bytes = 16u << 20;
    server_ = server::HttpServer::start(
                  server::Endpoint::tcp("127.0.0.1", at),
                  [this](const http::Request& request, server::Responder responder) {
                    gate_->accept(request, std::move(responder));
                  },
                  limits)
                  .value();
  }
  ~Gateway() { server_.reset(); }
  std::uint16_t port() const { return server_->port(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }
  std::shared_ptr<Port> worker() {
    const std::lock_guard lock(mutex_);
    return port_;
  }
  int gone() {
    const std::lock_guard lock(mutex_);
    return gone_;
  }
  std::size_t workers() const { return gate_->workers(); }

 private:
  core::SystemClock clock_;
  const sign::Sr25519Pair key_ = pair_of(1);
  std::mutex mutex_;
  std::shared_ptr<Port> port_;
  int gone_ = 0;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<server::HttpServer> server_;
};

/// A worker whose jobs run on threads of their own.
class Worker {
 public:
  using Work = std::function<void(const job::Job&, Answer&)>;
  Worker(const std::string& url, Work work, std::uint8_t key = 2, std::uint8_t gateway = 1)
      : key_(pair_of(key)), work_(std::move(work)) {
    UplinkSettings settings{url, pair_of(gateway).account(), {}, 5s, 1s};
    uplink_ = std::make_unique<Uplink>(
        settings, key_, clock_,
        [this](job::Job job, std::shared_ptr<Answer> answer) {
          const std::lock_guard lock(mutex_);
          threads_.emplace_back([this, job = std::move(job), answer = std::move(answer)] { work_(job, *answer); });
        },
        [](std::string_view) {});
    uplink_->offer({{"quick", "text-to-image", 2}});
    runner_ = std::jthread([this] { outcome_ = uplink_->run(stop_, 10s); });
  }
  ~Worker() { (void)end(); }
  core::Result<void> end() {
    stop_ = true;
    if (runner_.joinable()) runner_.join();
    return outcome_;
  }
  core::Result<void> wait() {
    runner_.join();
    return outcome_;
  }
  Uplink& uplink() { return *uplink_; }

 private:
  core::SystemClock clock_;
  const sign::Sr25519Pair key_;
  const Work work_;
  std::atomic<bool> stop_{false};
  std::unique_ptr<Uplink> uplink_;
  core::Result<void> outcome_;
  std::mutex mutex_;
  std::vector<std::jthread> threads_;
  std::jthread runner_;
};

void echo(const job::Job& job, Answer& answer) {
  answer.head(200, "text/plain");
  answer.piece(job.path + " ");
  answer.piece(job.body);
  answer.end(nullptr);
}

job::Job a_job(std::string body = "hello") { return {job::random_job_id(), "quick", "/v1/echo", std::move(body), 20s}; }

std::shared_ptr<Collector> start(Gateway& gateway, const job::Job& job) {
  const auto sink = std::make_shared<Collector>();
  EXPECT_TRUE(eventually([&] { return gateway.worker() != nullptr; }));
  gateway.worker()->start(job, sink);
  return sink;
}

TEST(Link, AJobGoesThereAndItsAnswerComesBack) {
  Gateway gateway;
  Worker worker(gateway.url(), echo);
  const auto sink = start(gateway, a_job());
  ASSERT_TRUE(sink->ended());
  EXPECT_EQ(sink->status_, 200);
  EXPECT_EQ(sink->type_, "text/plain");
  EXPECT_EQ(sink->body_, "/v1/echo hello");
  EXPECT_FALSE(sink->failure_);
  EXPECT_EQ(gateway.worker()->worker(), pair_of(2).account());
  EXPECT_EQ(gateway.worker()->offers(), (std::vector<job::Offer>{{"quick", "text-to-image", 2}}));
}

TEST(Link, ManyJobsShareALink) {
  Gateway gateway;
  Worker worker(gateway.url(), echo);
  std::vector<std::shared_ptr<Collector>> sinks;
  for (int i = 0; i < 200; ++i) sinks.push_back(start(gateway, a_job(std::to_string(i))));
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(sinks[static_cast<std::size_t>(i)]->ended());
    EXPECT_EQ(sinks[static_cast<std::size_t>(i)]->body_, "/v1/echo " + std::to_string(i));
  }
}

TEST(Link, ALongAnswerComesPieceByPieceWithinItsCredit) {
  Gateway gateway;
  const std::string large(5u << 20, 'x');
  Worker worker(gateway.url(), [&](const job::Job&, Answer& answer) {
    answer.head(200, "text/event-stream");
    EXPECT_TRUE(answer.piece(large));
    answer.end(nullptr);
  });
  const auto sink = start(gateway, a_job());
  ASSERT_TRUE(sink->ended());
  EXPECT_EQ(sink->body_.size(), large.size());
  EXPECT_GE(sink->pieces_, 80);
}

TEST(Link, ACancelledJobEndsAtOnceAndTheWorkerHears) {
  Gateway gateway;
  std::atomic<bool> heard{false};
  Worker worker(gateway.url(), [&](const job::Job&, Answer& answer) {
    answer.head(200, "text/event-stream");
    answer.piece("a");
    heard = eventually([&] { return answer.cancelled(); });
    EXPECT_FALSE(answer.piece("b"));
    answer.end(nullptr);
  });
  const job::Job job = a_job();
  const auto sink = start(gateway, job);
  ASSERT_TRUE(sink->has_pieces(1));
  gateway.worker()->cancel(job.id);
  ASSERT_TRUE(sink->ended());
  EXPECT_EQ(sink->failure_->kind, Failure::Kind::cancelled);
  EXPECT_TRUE(eventually([&] { return heard.load(); }));
  EXPECT_EQ(sink->ends_, 1);
  EXPECT_EQ(sink->body_, "a");
}

TEST(Link, AJobBeyondItsTimeEnds) {
  Gateway gateway;
  Worker worker(gateway.url(),
                [](const job::Job&, Answer& answer) { EXPECT_TRUE(eventually([&] { return answer.cancelled(); })); });
  job::Job job = a_job();
  job.time_left = 50ms;
  const auto sink = start(gateway, job);
  ASSERT_TRUE(sink->ended());
  EXPECT_EQ(sink->failure_->kind, Failure::Kind::timeout);
}

TEST(Link, AnAnswerThatIsForgottenEndsAsUnable) {
  Gateway gateway;
  Worker worker(gateway.url(), [](const job::Job&, Answer&) {});
  const auto sink = start(gateway, a_job());
  ASSERT_TRUE(sink->ended());
  EXPECT_EQ(sink->failure_->kind, Failure::Kind::unable);
}

TEST(Link, AWorkersFailureKeepsItsKindAndWords) {
  Gateway gateway;
  Worker worker(gateway.url(), [](const job::Job&, Answer& answer) {
    const Failure refused{Failure::Kind::refused, "n must be at most 64"};
    answer.end(&refused);
  });
  const auto sink = start(gateway, a_job());
  ASSERT_TRUE(sink->ended());
  EXPECT_EQ(sink->failure_->kind, Failure::Kind::refused);
  EXPECT_EQ(sink->failure_->message, "n must be at most 64");
}

TEST(Link, AnAnswerThatIsNoStreamComesWholeHoweverLongItIs) {
  Gateway gateway;
  Worker worker(gateway.url(), [](const job::Job& job, Answer& answer) {
    answer.head(200, "text/plain");
    for (int i = 0; i < std::stoi(job.body); ++i) answer.piece(std::string(1000, 'x'));
    answer.end(nullptr, "signed");
  });
  for (const int pieces : {0, 1, 60, 70, 2000}) {
    const auto sink = start(gateway, a_job(std::to_string(pieces)));
    ASSERT_TRUE(sink->ended()) << pieces;
    EXPECT_FALSE(sink->failure_) << pieces;
    EXPECT_EQ(sink->body_, std::string(static_cast<std::size_t>(pieces) * 1000, 'x'));
    EXPECT_EQ(sink->type_, "text/plain");
    EXPECT_EQ(sink->receipt_, "signed");
  }
}

TEST(Link, NothingOfAnAnswerThatFailsBeforeItsEndIsSeen) {
  Gateway gateway;
  Worker worker(gateway.url(), [](const job::Job&, Answer& answer) {
    answer.head(200, "text/plain");
    answer.piece("half");
    const Failure failure{Failure::Kind::unable, "no memory"};
    answer.end(&failure);
  });
  const auto sink = start(gateway, a_job());
  ASSERT_TRUE(sink->ended());
  EXPECT_EQ(sink->failure_->kind, Failure::Kind::unable);
  EXPECT_EQ(sink->body_, "");
}

TEST(Link, JobsOfABrokenLinkAreLostOnceAndTheWorkerComesBack) {
  auto gateway = std::make_unique<Gateway>();
  const std::uint16_t port = gateway->port();
  std::atomic<int> cut{0};
  Worker worker(gateway->url(), [&](const job::Job& job, Answer& answer) {
    if (job.body != "hang") return echo(job, answer);
    answer.head(200, "text/event-stream");
    answer.piece("begun");
    if (eventually([&] { return answer.cancelled(); })) ++cut;
    answer.end(nullptr);
  });
  std::vector<std::shared_ptr<Collector>> sinks;
  for (int i = 0; i < 5; ++i) sinks.push_back(start(*gateway, a_job("hang")));
  for (const auto& sink : sinks) ASSERT_TRUE(sink->has_pieces(1));
  gateway.reset();
  for (const auto& sink : sinks) {
    ASSERT_TRUE(sink->ended());
    EXPECT_EQ(sink->failure_->kind, Failure::Kind::lost);
    EXPECT_EQ(sink->ends_, 1);
  }
  EXPECT_TRUE(eventually([&] { return cut == 5; }));
  Gateway again(port);
  const auto sink = start(again, a_job());
  ASSERT_TRUE(sink->ended());
  EXPECT_EQ(sink->body_, "/v1/echo hello");
}

TEST(Link, ADrainingWorkerOffersNothingAndEndsWhatItBegan) {
  Gateway gateway;
  std::atomic<bool> go_on{false};
  Worker worker(gateway.url(), [&](const job::Job& job, Answer& answer) {
    EXPECT_TRUE(eventually([&] { return go_on.load(); }));
    echo(job, answer);
  });
  const auto sink = start(gateway, a_job());
  const auto port = gateway.worker();
  std::jthread ending([&] { EXPECT_TRUE(worker.end().ok()); });
  EXPECT_TRUE(eventually([&] { return port->offers().empty(); }));
  go_on = true;
  ending.join();
  ASSERT_TRUE(sink->ended());
  EXPECT_EQ(sink->body_, "/v1/echo hello");
}

TEST(Link, OffersMayChange) {
  Gateway gateway;
  Worker worker(gateway.url(), echo);
  ASSERT_TRUE(eventually([&] { return gateway.worker() != nullptr; }));
  worker.uplink().offer({{"better", "text-to-image", 7}});
  EXPECT_TRUE(eventually([&] { return gateway.worker()->offers().at(0).model == "better"; }));
}

TEST(Link, AStrangerIsToldThatItIsNotWelcome) {
  Gateway gateway;
  Worker stranger(gateway.url(), echo, 3);
  const auto outcome = stranger.wait();
  EXPECT_EQ(outcome.error().kind, ErrorKind::denied);
  EXPECT_NE(outcome.error().message.find(pair_of(3).account().ss58()), std::string::npos);
  EXPECT_EQ(gateway.worker(), nullptr);
}

TEST(Link, AWorkerServesNoOtherGatewayThanItWasTold) {
  Gateway gateway;
  Worker worker(gateway.url(), echo, 2, 5);
  EXPECT_EQ(worker.wait().error().kind, ErrorKind::denied);
}

TEST(Link, TheNewestConnectionOfAWorkerCounts) {
  Gateway gateway;
  Worker first(gateway.url(),
               [](const job::Job&, Answer& answer) { EXPECT_TRUE(eventually([&] { return answer.cancelled(); })); });
  const auto lost = start(gateway, a_job());
  {
    Worker second(gateway.url(), echo);
    ASSERT_TRUE(lost->ended());
    EXPECT_EQ(lost->failure_->kind, Failure::Kind::lost);
    EXPECT_EQ(gateway.workers(), 1u);
  }
}

TEST(Link, NonsenseIsCutOff) {
  Gateway gateway;
  core::SystemClock clock;
  const auto client =
      client::WebSocketClient::open(client::Address::tcp("127.0.0.1", gateway.port()), kWorkersPath, clock, 5s, {})
          .value();
  ASSERT_TRUE(client->send(websocket::Kind::binary, "let me in").ok());
  EXPECT_FALSE(client->receive(10s).ok());
  EXPECT_EQ(gateway.workers(), 0u);
}

TEST(Link, WhoSaysNothingIsCutOff) {
  Gateway gateway(0, 50ms);
  core::SystemClock clock;
  const auto client =
      client::WebSocketClient::open(client::Address::tcp("127.0.0.1", gateway.port()), kWorkersPath, clock, 5s, {})
          .value();
  EXPECT_FALSE(client->receive(10s).ok());
}

TEST(Uplink, AnAddressThatIsNoneIsInvalid) {
  core::SystemClock clock;
  const sign::Sr25519Pair key = pair_of(2);
  for (const char* url : {"", "gateway", "https://x:1", "http://", "http://x", "http://x:99999", "http://:80"}) {
    Uplink uplink({url, {}, {}, 1s, 1s}, key, clock, [](job::Job, const std::shared_ptr<Answer>&) {}, {});
    EXPECT_EQ(uplink.run(std::atomic<bool>(false), 1s).error().kind, ErrorKind::invalid) << url;
  }
}

}  // namespace
}  // namespace noonmark::link
