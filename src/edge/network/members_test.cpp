#include "edge/network/members.h"

#include <set>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "ledger/runtime/runtime.h"

namespace noonmark::network {
namespace {

const LineUp kLineUp{{300, 200, 100}, {"fast", "slow"}};

class Members : public testing::Test {
 protected:
  const core::TempDir folder_ = *core::TempDir::create("members");
  const std::filesystem::path place_ = folder_.path() / "network";
};

TEST_F(Members, EverybodyHasAKeyAPortAndAFolderOfTheirOwn) {
  const auto network = Network::open(place_, kLineUp);
  ASSERT_TRUE(network.ok()) << network.error().message;
  std::set<AccountId> keys;
  std::set<std::uint16_t> ports = {network->node.port};
  for (const auto* group : {&network->validators, &network->miners}) {
    for (const Member& one : *group) {
      keys.insert(one.hotkey);
      ports.insert(one.port);
      EXPECT_TRUE(std::filesystem::exists(one.wallets() / "default" / "hotkeys" / "default")) << one.name;
      EXPECT_FALSE(std::filesystem::exists(one.wallets() / "default" / "coldkey")) << one.name;
      EXPECT_EQ(network->name_of(one.hotkey), one.name);
    }
  }
  EXPECT_EQ(keys.size(), 5u);
  EXPECT_EQ(ports.size(), 6u);
}

TEST_F(Members, TheChainBeginsWithTheirStakes) {
  const auto network = Network::open(place_, kLineUp);
  ASSERT_TRUE(network.ok());
  const auto json = codec::parse_json(*core::read_text(network->genesis, 1 << 20));
  const auto genesis = runtime::genesis_from_json(*json);
  ASSERT_TRUE(genesis.ok()) << genesis.error().message;
  ASSERT_TRUE(runtime::Runtime::open(*genesis).ok());
  const auto& neurons = genesis->subnets.at(0).neurons;
  ASSERT_EQ(neurons.size(), 5u);
  EXPECT_EQ(neurons[1].hotkey, network->validators[1].hotkey);
  EXPECT_EQ(neurons[1].stake, 200u);
  EXPECT_TRUE(neurons[1].validator_permit);
  EXPECT_FALSE(neurons[3].validator_permit);
}

TEST_F(Members, ASecondStartFindsTheSameNetwork) {
  const auto first = Network::open(place_, kLineUp), second = Network::open(place_, kLineUp);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->node.port, second->node.port);
  EXPECT_EQ(first->miners[1].hotkey, second->miners[1].hotkey);
}

TEST_F(Members, ANetworkThatWasMadeBeforeThereWereWorkersGetsThem) {
  const auto before = Network::open(place_, kLineUp);
  LineUp serving = kLineUp;
  serving.workers = 2;
  const auto first = Network::open(place_, serving), second = Network::open(place_, serving);
  ASSERT_TRUE(before.ok() && first.ok() && second.ok()) << (first.ok() ? "" : first.error().message);
  EXPECT_EQ(first->validators[1].hotkey, before->validators[1].hotkey);
  ASSERT_EQ(first->workers.size(), 2u);
  EXPECT_NE(first->workers[0].hotkey, first->workers[1].hotkey);
  EXPECT_NE(first->gateway.port, 0);
  EXPECT_EQ(second->gateway.port, first->gateway.port);
  EXPECT_EQ(second->workers[1].hotkey, first->workers[1].hotkey);
  EXPECT_EQ(Network::open(place_, kLineUp).error().kind, core::ErrorKind::conflict);
}

TEST_F(Members, AnotherLineUpIsAConflict) {
  ASSERT_TRUE(Network::open(place_, kLineUp).ok());
  const auto other = Network::open(place_, {{300, 200, 100}, {"fast", "other"}});
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().kind, core::ErrorKind::conflict);
}

TEST_F(Members, ADamagedFileIsTold) {
  ASSERT_TRUE(Network::open(place_, kLineUp).ok());
  ASSERT_TRUE(core::write_file_atomic(place_ / "network.json", std::string_view("{\"format\": 1, \"ports\": 7}")).ok());
  const auto damaged = Network::open(place_, kLineUp);
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.error().kind, core::ErrorKind::corrupt);
}

}  // namespace
}  // namespace noonmark::network
