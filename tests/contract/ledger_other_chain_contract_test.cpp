// What must hold on any chain that a user names: CHAIN_URL=wss://… (and CHAIN_NETUID, 1 when not named) reads there;
// CHAIN_SURI, the secret of an account with a little money, sends too. Nothing runs without CHAIN_URL.
#include <algorithm>
#include <cstdlib>

#include "crypto/wallet/derivation.h"
#include "ledger/client/chain_client.h"
#include "ledger_world.h"

namespace noonmark::book {
namespace {

class OtherChain : public testing::Test {
 protected:
  void SetUp() override {
    const char* url = std::getenv("CHAIN_URL");
    if (url == nullptr) GTEST_SKIP() << "set CHAIN_URL to a node's address";
    if (const char* number = std::getenv("CHAIN_NETUID")) netuid_ = static_cast<NetUid>(std::atoi(number));
    rpc_ = client::HttpRpc::open({.urls = {url}}, clock_).value();
    auto opened = client::ChainClient::open(*rpc_, clock_, {});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    ledger_ = std::move(opened).value();
    head_ = ledger_->head().value();
  }

  core::SystemClock clock_;
  NetUid netuid_ = 1;
  std::unique_ptr<client::HttpRpc> rpc_;
  std::unique_ptr<client::ChainClient> ledger_;
  BlockRef head_;
};

TEST_F(OtherChain, BlocksHaveTimesThatGrow) {
  ASSERT_GT(head_.number, 2U);
  const BlockRef before = ledger_->block(head_.number - 1).value();
  EXPECT_EQ(ledger_->block(head_.number).value(), head_);
  EXPECT_LT(ledger_->block_time(before).value(), ledger_->block_time(head_).value());
  EXPECT_EQ(ledger_->block(head_.number + 1000).error().kind, core::ErrorKind::not_found);
}

TEST_F(OtherChain, TheMetagraphIsWhole) {
  const auto graph = ledger_->metagraph(netuid_, head_);
  ASSERT_TRUE(graph.ok()) << graph.error().message;
  EXPECT_GT(graph->rules.tempo, 0);
  for (std::size_t uid = 0; uid < graph->neurons.size(); ++uid) {
    EXPECT_EQ(graph->neurons[uid].uid, uid);
    EXPECT_EQ(graph->find(graph->neurons[uid].hotkey), &graph->neurons[uid]) << "hot keys differ";
    EXPECT_LE(graph->neurons[uid].registered_at, head_.number);
  }
  EXPECT_EQ(ledger_->metagraph(65000, head_).error().kind, core::ErrorKind::not_found);
}

TEST_F(OtherChain, WeightsAndCommitmentsAreOrdered) {
  const auto rows = ledger_->weights(netuid_, head_);
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  EXPECT_TRUE(std::ranges::is_sorted(*rows, {}, &WeightRow::validator));
  for (const WeightRow& row : *rows) EXPECT_FALSE(row.weights.empty());
  const auto commitments = ledger_->commitments(netuid_, head_);
  ASSERT_TRUE(commitments.ok()) << commitments.error().message;
  EXPECT_TRUE(std::ranges::is_sorted(*commitments, {}, &Commitment::hotkey));
  for (const Commitment& one : *commitments) EXPECT_LE(one.block, head_.number);
}

TEST_F(OtherChain, ATransferToOneselfCostsItsFeeAndOneOfTooMuchFails) {
  const char* secret = std::getenv("CHAIN_SURI");
  if (secret == nullptr) GTEST_SKIP() << "set CHAIN_SURI to the secret of an account with a little money";
  const auto key = wallet::parse_secret_uri(secret).value();
  const AccountId me = key.pair.account();
  const Account before = ledger_->account(me, head_).value();
  const auto sent = ledger_->submit(Transfer{me, 1000}, key.pair, std::chrono::minutes(3));
  ASSERT_TRUE(sent.ok()) << sent.error().message;
  EXPECT_TRUE(sent->success) << sent->error;
  const Account after = ledger_->account(me, sent->block).value();
  EXPECT_LT(after.free, before.free);
  EXPECT_EQ(after.nonce, before.nonce + 1);
  const auto failed = ledger_->submit(Transfer{AccountId{{1}}, after.free}, key.pair, std::chrono::minutes(3));
  ASSERT_TRUE(failed.ok()) << failed.error().message;
  EXPECT_FALSE(failed->success);
  EXPECT_FALSE(failed->error.empty());
}

}  // namespace
}  // namespace noonmark::book
