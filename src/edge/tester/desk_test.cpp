#include "edge/tester/desk.h"

#include <thread>

#include <gtest/gtest.h>

#include "contest/conduct/replay.h"
#include "contest/verdict/verdict.h"
#include "edge/tester/fake_tester_for_tests.h"
#include "edge/tester/leased_trial.h"
#include "net/signed/stamp.h"

namespace noonmark::tester {
namespace {

using std::chrono::milliseconds;

/// A validator with a desk, and room for testers that are threads with a real connection.
class DeskTest : public testing::Test {
 protected:
  DeskTest() {
    DeskSettings settings;
    settings.endpoint = server::Endpoint::tcp("127.0.0.1", 0);
    settings.account = pair_of(100).account();
    for (std::uint8_t i = 1; i <= 4; ++i) settings.testers.insert(pair_of(i).account());
    settings.fence = folder_.path() / "fence";
    auto desk = Desk::start(std::move(settings), clock_);
    EXPECT_TRUE(desk.ok()) << desk.error().message;
    desk_ = *std::move(desk);
  }
  Office office(const sign::Sr25519Pair& key) {
    return Office(client::Address::tcp("127.0.0.1", desk_->port()), pair_of(100).account(), key, clock_, stop_);
  }

  /// Works until the contest is over. Of its first `dies` leases it never speaks again, as if killed.
  void work(std::uint8_t number, int dies) {
    const sign::Sr25519Pair key = pair_of(number);
    Office mine = office(key);
    const Hello hello = hello_from("cpu" + std::to_string(number));
    blobs::MemoryStore pictures;
    while (!over_.load()) {
      const auto given = mine.lease(hello);
      if (!given.ok() || !*given) {
        clock_.sleep_for(milliseconds(20));
        continue;
      }
      if (dies-- > 0) {
        clock_.sleep_for(milliseconds(2000));  // longer than the term
        continue;
      }
      const Brief brief = mine.brief().value();
      const Findings findings = fake_findings(brief, **given, hello, pictures);
      const auto archive = folder_.path() / ("fetched-" + std::to_string(number));
      if ((*given)->task) {
        EXPECT_TRUE(mine.fetch_package((*given)->task->facts.content, archive, 1 << 20).ok());
      }
      if (!send_all(mine, (*given)->lease, findings, pictures).ok()) continue;
      accepted_ += mine.finish((*given)->lease, findings).ok() ? 1 : 0;
    }
  }

  core::SystemClock clock_;
  std::atomic<bool> stop_{false}, over_{false};
  std::atomic<int> accepted_{0};
  core::TempDir folder_ = core::TempDir::create("desk").value();
  std::unique_ptr<Desk> desk_;
};

TEST_F(DeskTest, NineEntriesOnFourTestersOfWhichSomeDieEndInOneRecordThatVerifies) {
  conduct::Request request;
  request.contest = tiny_contest();
  request.baseline = make_package(folder_.path(), "baseline");
  for (int i = 1; i <= 8; ++i) request.entries.push_back(make_package(folder_.path(), "e" + std::to_string(i)));
  request.entries.push_back(make_package(folder_.path(), "hangs"));
  sql::Database database = sql::Database::open_sqlite(folder_.path() / "x.sqlite").value();
  conduct::Journal journal = conduct::Journal::open(database).value();
  blobs::MemoryStore pictures;
  LookingTrial own;
  LeasedTrial trial(own, *desk_, {database, pictures, folder_.path() / "testers"}, {milliseconds(1500), 3}, kProgram,
                    clock_, stop_);
  conduct::FixedBeacon beacon{core::Bytes{1, 2, 3}};
  const sign::SecretKey key(sign::Seed::from_bytes(std::array<std::uint8_t, 32>{7}));
  conduct::Conductor conductor({journal, trial, beacon, clock_, key, kProgram});
  std::vector<std::jthread> testers;
  for (std::uint8_t i = 1; i <= 4; ++i) testers.emplace_back([this, i] { work(i, i == 2 ? 2 : i == 3 ? 1 : 0); });
  const auto text = conductor.proceed(conductor.begin(request).value());
  over_ = true;
  testers.clear();
  ASSERT_TRUE(text.ok()) << text.error().message;
  const auto verified = conduct::verify(*text);
  ASSERT_TRUE(verified.ok()) << verified.error().message;
  EXPECT_TRUE(conduct::verify_pictures(*verified, pictures).ok());
  const auto verdict = verdict::verdict_from_json(*verified->state.verdict).value();
  EXPECT_EQ(verdict.entries.size(), 9U);
  EXPECT_EQ(accepted_.load(), 10);  // each item once, the baseline's too
  EXPECT_EQ(verified->state.judged.size(), 8U);
  EXPECT_EQ(verified->state.measured.at(9).failure->code, "timeout");
  EXPECT_TRUE(verified->state.reference->tester.has_value());
  for (const auto& [order, judged] : verified->state.judged) {
    EXPECT_EQ(judged.report->floors.at("ssim").harmless,
              0.9 + 0.001 * static_cast<double>(judged.tester->machine.cpu_model.back()));
  }
}

TEST_F(DeskTest, StrangersAndTheUnsignedGetNothingButTheState) {
  const sign::Sr25519Pair stranger = pair_of(50);
  Office theirs = office(stranger);
  EXPECT_EQ(theirs.lease(hello_from("cpu")).error().kind, core::ErrorKind::denied);
  client::HttpClient client(client::Address::tcp("127.0.0.1", desk_->port()), clock_);
  http::Request request;
  for (const char* target : {"/", "/tester/contest", "/tester/package/00", "/tester/lease"}) {
    request.target = target;
    EXPECT_EQ(client.send(request, std::chrono::seconds(5))->status, 403) << target;
  }
  request.target = "/tester/state";
  EXPECT_EQ(client.send(request, std::chrono::seconds(5))->status, 503);  // no contest now
}

TEST_F(DeskTest, AReplayedRequestIsRefused) {
  const sign::Sr25519Pair key = pair_of(1);
  client::HttpClient client(client::Address::tcp("127.0.0.1", desk_->port()), clock_);
  http::Request request;
  request.method = "POST";
  request.target = "/tester/lease";
  signed_http::stamp(request, key, pair_of(100).account(), clock_.now(), signed_http::fresh_nonce());
  EXPECT_EQ(client.send(request, std::chrono::seconds(5))->status, 503);
  EXPECT_EQ(client.send(request, std::chrono::seconds(5))->status, 409);
}

}  // namespace
}  // namespace noonmark::tester
