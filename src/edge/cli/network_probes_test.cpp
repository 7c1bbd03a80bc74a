#include "edge/cli/network_probes.h"

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "crypto/wallet/wallet_files.h"
#include "ledger/runtime/in_process_ledger.h"

namespace noonmark::cli {
namespace {

using namespace std::chrono_literals;

constexpr core::UnixNanos kStart{std::chrono::seconds(1'800'000'000)};

/// A node that knows nothing but its name.
class NamedNode final : public client::Rpc {
 public:
  explicit NamedNode(std::string name) : name_(std::move(name)) {}
  core::Result<codec::Json> call(std::string_view method, codec::Json::Array) override {
    if (method == "system_chain") return codec::Json(name_);
    return core::invalid("no such method");
  }

 private:
  const std::string name_;
};

wallet::WalletKey key(std::uint8_t number) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(number);
  const sign::Seed seed = sign::Seed::from_bytes(bytes);
  return {sign::Sr25519Pair(seed), {}, sign::Seed::from_bytes(bytes)};
}

/// `doctor` with a wallet that has three hot keys, on a chain with one subnet whose first two of them are registered.
class NetworkProbes : public testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path root = folder_.path() / ".bittensor/wallets";
    runtime::Genesis genesis;
    runtime::Genesis::Subnet subnet;
    for (std::uint8_t n = 1; n <= 3; ++n) {
      const auto files = wallet::hotkey_files(root, "default", "hot" + std::to_string(n)).value();
      ASSERT_TRUE(wallet::create_key(files, key(n), std::nullopt).ok());
      if (n < 3) subnet.neurons.push_back({key(n).pair.account(), key(9).pair.account(), 1000, n == 1});
    }
    subnet.owner = key(9).pair.account();
    subnet.owner_hotkey = key(1).pair.account();
    genesis.subnets = {subnet};
    runtime_ = runtime::Runtime::open(genesis).value();
  }

  /// What the probe called `name` finds.
  Finding find(std::string_view name, std::vector<std::string> arguments) {
    std::vector<Finding> findings;
    NetworkAccess access{[this](Context&) { return open(); },
                         [this](std::uint16_t port) -> core::Result<void> {
                           if (port == taken_) return core::conflict("taken");
                           return {};
                         }};
    std::vector<Probe> probes;
    for (const Probe& probe : network_probes(std::move(access))) {
      probes.push_back([probe, &findings](Context& context) { return findings.emplace_back(probe(context)); });
    }
    arguments.insert(arguments.begin(), "doctor");
    const Surroundings around{.environment = [this](std::string_view variable) -> std::optional<std::string> {
                                if (variable == "HOME") return folder_.path().string();
                                return std::nullopt;
                              },
                              .out = [](std::string_view) { return true; },
                              .err = [](std::string_view text) { ADD_FAILURE() << text; },
                              .clock = clock_,
                              .stop = stop_};
    run_application({doctor_command(std::move(probes))}, arguments, around);
    const auto found = std::ranges::find(findings, name, &Finding::name);
    return found == findings.end() ? Finding{} : *found;
  }

  core::Result<OpenLedger> open() {
    ++opened_;
    if (down_) return core::unavailable("nobody answers");
    auto ledger = TRY(runtime::InProcessLedger::open(*runtime_, {.start = kStart - 12s, .block_time = 12s}));
    TRY(ledger->advance(blocks_));
    return OpenLedger{std::make_unique<NamedNode>(chain_), std::move(ledger), {}};
  }

  core::TempDir folder_ = core::TempDir::create("network-probes").value();
  std::unique_ptr<runtime::Runtime> runtime_;
  std::string chain_ = "Test";
  book::BlockNumber blocks_ = 1;  // made at kStart
  bool down_ = false;
  int opened_ = 0;
  std::uint16_t taken_ = 0;
  core::FakeClock clock_{kStart + 5s};
  const std::atomic<bool> stop_{false};
};

TEST_F(NetworkProbes, WithoutALedgerNothingIsAsked) {
  for (const char* name : {"ledger", "clock", "hot key"}) {
    const Finding finding = find(name, {});
    EXPECT_EQ(finding.state, Finding::State::ok);
    EXPECT_NE(finding.detail.find("not asked"), std::string::npos) << finding.detail;
  }
  EXPECT_EQ(opened_, 0);
}

TEST_F(NetworkProbes, TheLedgerIsOpenedOnceAndSaysWhichItIs) {
  chain_ = "Test\x1b[2J";
  const Finding finding = find("ledger", {"--ledger", "local", "--netuid", "1", "--hotkey", "hot1"});
  EXPECT_EQ(finding.state, Finding::State::ok);
  EXPECT_TRUE(finding.detail.starts_with("Test?[2J, genesis 0x")) << finding.detail;
  EXPECT_EQ(opened_, 1);
}

TEST_F(NetworkProbes, ALedgerThatIsDownIsMissingAndTheRestUnknown) {
  down_ = true;
  const std::vector<std::string> arguments{"--ledger", "local", "--netuid", "1", "--hotkey", "hot1"};
  EXPECT_EQ(find("ledger", arguments).state, Finding::State::missing);
  EXPECT_EQ(opened_, 1);
  EXPECT_EQ(find("clock", arguments).mend, "mend the ledger first");
  EXPECT_EQ(find("hot key", arguments).state, Finding::State::weak);
}

TEST_F(NetworkProbes, ABlockFromTheFutureConvictsTheClock) {
  const std::vector<std::pair<core::Nanos, Finding::State>> cases = {{0s, Finding::State::ok},
                                                                     {2min, Finding::State::ok},
                                                                     {1h, Finding::State::weak},
                                                                     {-10s, Finding::State::weak},
                                                                     {-1h, Finding::State::missing}};
  core::Nanos at = 5s;
  for (const auto& [age, state] : cases) {
    clock_.advance(age - at);
    at = age;
    const Finding finding = find("clock", {"--ledger", "local"});
    EXPECT_EQ(finding.state, state) << finding.detail;
    EXPECT_EQ(finding.mend.empty(), state == Finding::State::ok);
  }
}

TEST_F(NetworkProbes, BeforeTheFirstBlockTheClockIsUnknown) {
  blocks_ = 0;
  EXPECT_EQ(find("clock", {"--ledger", "local"}).mend, "wait for its first block");
}

TEST_F(NetworkProbes, TheHotKeysPlaceOnTheSubnet) {
  const auto place = [this](const std::string& hotkey, const std::string& netuid = "1") {
    return find("hot key", {"--ledger", "local", "--netuid", netuid, "--hotkey", hotkey});
  };
  const Finding validator = place("hot1");
  EXPECT_EQ(validator.state, Finding::State::ok) << validator.detail;
  EXPECT_NE(validator.detail.find("uid 0 of subnet 1, with a validator permit"), std::string::npos) << validator.detail;
  const Finding miner = place("hot2");
  EXPECT_EQ(miner.state, Finding::State::weak);
  EXPECT_NE(miner.detail.find("without a validator permit"), std::string::npos) << miner.detail;
  const Finding stranger = place("hot3");
  EXPECT_EQ(stranger.state, Finding::State::missing);
  EXPECT_TRUE(stranger.mend.starts_with("noonmark ledger register --for 5")) << stranger.mend;
  EXPECT_TRUE(stranger.mend.ends_with(" --wallet default --netuid 1 --ledger local")) << stranger.mend;
  EXPECT_EQ(place("hot 4").mend, "noonmark wallet new --wallet default --hotkey 'hot 4'");
  EXPECT_EQ(place("hot1", "7").state, Finding::State::missing);
  EXPECT_EQ(place("hot1", "x").state, Finding::State::missing);
}

TEST_F(NetworkProbes, ADamagedKeyIsNotOverwritten) {
  const auto files = wallet::hotkey_files(folder_.path() / ".bittensor/wallets", "default", "hot1").value();
  ASSERT_TRUE(core::write_file_atomic(files.account, "half a fi").ok());
  const Finding damaged = find("hot key", {"--ledger", "local", "--netuid", "1", "--hotkey", "hot1"});
  EXPECT_EQ(damaged.state, Finding::State::missing);
  EXPECT_TRUE(damaged.mend.starts_with("put this key's file back")) << damaged.mend;
}

TEST_F(NetworkProbes, TakenPortsAreNamed) {
  EXPECT_EQ(find("ports", {}).state, Finding::State::ok);
  taken_ = 9190;
  const Finding finding = find("ports", {});
  EXPECT_EQ(finding.state, Finding::State::weak);
  EXPECT_TRUE(finding.detail.starts_with("taken: 9190 (noonmark validator run); free: 9944")) << finding.detail;
}

}  // namespace
}  // namespace noonmark::cli
