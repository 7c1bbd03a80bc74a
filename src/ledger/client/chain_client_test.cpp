#include "ledger/client/chain_client.h"

#include <functional>
#include <map>

#include <gtest/gtest.h>

#include "base/codec/text.h"
#include "base/core/random.h"
#include "ledger/client/calls.h"
#include "ledger/client/snapshot.h"
#include "ledger/scale/codec.h"
#include "ledger/scale/real_metadata_for_tests.h"
#include "ledger/scale/storage_key.h"

namespace noonmark::client {
namespace {

using codec::Json;

constexpr const char* kHash = "0x0101010101010101010101010101010101010101010101010101010101010101";

/// A node that says what the test wants. Methods without an answer are unavailable.
class ScriptedRpc final : public Rpc {
 public:
  std::map<std::string, Json> answers;
  std::map<std::string, Json> storage;  // by key; the others are null

  core::Result<Json> call(std::string_view method, Json::Array parameters) override {
    if (method == "state_queryStorageAt") return query(parameters);
    const auto found = answers.find(std::string(method));
    if (found == answers.end()) return core::unavailable("no answer to " + std::string(method));
    return found->second;
  }

 private:
  Json query(const Json::Array& parameters) const {
    Json changes = Json::array();
    for (const Json& key : parameters[0].as_array()) {
      const auto found = storage.find(key.as_string());
      changes.push_back(Json::Array{key, found == storage.end() ? Json() : found->second});
    }
    Json block = Json::object({{"block", kHash}, {"changes", std::move(changes)}});
    return Json::Array{std::move(block)};
  }
};

class ChainClientTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto bytes = scale::real_metadata("testnet");
    if (!bytes) GTEST_SKIP() << "needs .deps/chain: scripts/setup test";
    metadata = scale::decode_metadata(*bytes).value();
    rpc.answers["chain_getBlockHash"] = kHash;
    rpc.answers["chain_getFinalizedHead"] = kHash;
    rpc.answers["chain_getHeader"] = Json::object({{"number", "0x000001b1"}});
    rpc.answers["state_getRuntimeVersion"] = Json::object({{"specVersion", 233}, {"transactionVersion", 1}});
    rpc.answers["state_getMetadata"] = hex_of(*bytes);
  }
  std::unique_ptr<ChainClient> open() {
    auto client = ChainClient::open(rpc, clock, {});
    EXPECT_TRUE(client.ok()) << client.error().message;
    return std::move(client).value();
  }
  void store(const char* pallet, const char* item, std::vector<scale::HashedKey> keys, const core::Bytes& value) {
    rpc.storage[hex_of(scale::storage_key(metadata.find(pallet)->prefix, item, keys))] = hex_of(value);
  }

  core::FakeClock clock;
  ScriptedRpc rpc;
  scale::Metadata metadata;
};

TEST_F(ChainClientTest, ReadsAHeightWithZerosInFront) { EXPECT_EQ(open()->head().value().number, 0x1b1u); }

TEST_F(ChainClientTest, RefusesAnotherNetwork) {
  const auto client = ChainClient::open(rpc, clock, {.genesis = book::BlockHash{}});
  ASSERT_FALSE(client.ok());
  EXPECT_EQ(client.error().kind, core::ErrorKind::denied);
  EXPECT_NE(client.error().message.find(kHash), std::string::npos);
}

TEST_F(ChainClientTest, TakesDefaultsFromTheMetadataWhereNothingIsStored) {
  const auto client = open();
  const book::BlockRef at = client->head().value();
  EXPECT_EQ(client->account({}, at).value().free, 0u);
  EXPECT_EQ(client->metagraph(7, at).error().kind, core::ErrorKind::not_found);
}

TEST_F(ChainClientTest, ReadsASubnet) {
  const core::Bytes net = scale::Writer().number<std::uint16_t>(7).take();
  const scale::HashedKey under{scale::Hasher::identity, net};
  store("SubtensorModule", "NetworksAdded", {under}, {1});
  store("SubtensorModule", "SubnetworkN", {under}, {1, 0});
  store("SubtensorModule", "Tempo", {under}, {99, 0});
  store("SubtensorModule", "Incentive", {under}, {4, 0xff, 0x7f});
  store("SubtensorModule", "ValidatorPermit", {under}, {4, 1});
  store("SubtensorModule", "Keys", {under, {scale::Hasher::identity, {0, 0}}}, core::Bytes(32, 5));
  store("SubtensorModule", "TotalHotkeyAlpha", {{scale::Hasher::blake2_128_concat, core::Bytes(32, 5)}, under},
        scale::Writer().number<std::uint64_t>(123).take());
  const auto client = open();
  const auto graph = client->metagraph(7, client->head().value());
  ASSERT_TRUE(graph.ok()) << graph.error().message;
  ASSERT_EQ(graph->neurons.size(), 1u);
  EXPECT_EQ(core::Bytes(graph->neurons[0].hotkey.bytes.begin(), graph->neurons[0].hotkey.bytes.end()),
            core::Bytes(32, 5));
  EXPECT_EQ(graph->neurons[0].incentive, 0x7fff);
  EXPECT_TRUE(graph->neurons[0].validator_permit);
  EXPECT_EQ(graph->neurons[0].stake, 123u);
  EXPECT_EQ(graph->rules.tempo, 99);
}

TEST_F(ChainClientTest, ANodeThatAnswersNonsenseGivesAnErrorAndNothingElse) {
  const auto client = open();
  const book::BlockRef at = client->head().value();
  for (const char* nonsense :
       {"null", "17", "\"\"", "\"0x\"", "[]", "{}", "[[]]", "\"zebra\"", "[{\"changes\":[[1,2]]}]"}) {
    const Json answer = codec::parse_json(nonsense).value();
    for (const char* method :
         {"chain_getFinalizedHead", "chain_getHeader", "state_getKeysPaged", "system_accountNextIndex"}) {
      const Json before = rpc.answers[method];
      rpc.answers[method] = answer;
      (void)client->head();
      (void)client->commitments(7, at);
      (void)client->submit(book::Transfer{}, sign::Sr25519Pair(sign::Seed::from_bytes(std::array<std::uint8_t, 32>{})),
                           std::chrono::seconds(1));
      rpc.answers[method] = before;
    }
  }
}

TEST_F(ChainClientTest, ACallThatNoBlockTookHasExpired) {
  const auto client = open();
  rpc.answers["system_accountNextIndex"] = 3;
  rpc.answers["author_submitExtrinsic"] = kHash;
  rpc.answers["chain_getBlock"] = codec::parse_json(R"({"block":{"extrinsics":["0x00"]}})").value();
  const sign::Sr25519Pair signer(sign::Seed::from_bytes(std::array<std::uint8_t, 32>{}));
  const auto waiting = client->submit(book::Transfer{}, signer, std::chrono::seconds(1));
  ASSERT_FALSE(waiting.ok());
  EXPECT_EQ(waiting.error().kind, core::ErrorKind::timeout);
  EXPECT_NE(waiting.error().message.find("may still come"), std::string::npos) << waiting.error().message;
}

TEST_F(ChainClientTest, EncodesCallsAsPolkadotJsDoes) {
  const Json vectors =
      codec::parse_json(
          core::read_text(NOONMARK_SOURCE_DIR "/tests/golden/chain/extrinsic_vectors.json", 4 << 20).value())
          .value();
  const auto golden = [&](std::string_view name) {
    for (const Json& one : vectors.as_array()) {
      if (one.find("spec")->as_integer() == 233 && one.find("call_name")->as_string() == name)
        return one.find("call")->as_string();
    }
    return std::string();
  };
  const auto encoded = [&](const book::Call& call) { return hex_of(encode_call(metadata, call).value()); };
  const book::AccountId bob =
      book::AccountId::parse("8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48").value();
  book::Axon axon;
  axon.version = 1;
  axon.port = 8091;
  axon.ip[12] = 10;
  axon.ip[15] = 1;
  book::BlockHash digest;
  digest.bytes.fill(0x11);
  EXPECT_EQ(encoded(book::SetWeights{7, {{1, 65535}, {2, 32768}, {300, 1}}, 12345}), golden("set_weights"));
  EXPECT_EQ(encoded(book::ServeAxon{7, axon}), golden("serve_axon"));
  EXPECT_EQ(encoded(book::Register{7, bob}), golden("burned_register"));
  EXPECT_EQ(encoded(book::Commit{7, {'h', 'e', 'l', 'l', 'o'}}), golden("set_commitment"));
  EXPECT_EQ(encoded(book::CommitWeights{7, digest}), golden("commit_weights"));
  EXPECT_EQ(encoded(book::RevealWeights{7, {{1, 2}}, {3, 4}, 5}), golden("reveal_weights"));
  EXPECT_EQ(encoded(book::Transfer{bob, 123456789}), golden("transfer"));
}

TEST_F(ChainClientTest, ACallWithOtherArgumentsIsRefusedNotGuessed) {
  for (scale::Type& type : metadata.types) {
    auto* calls = std::get_if<scale::Enumeration>(&type.shape);
    if (calls == nullptr) continue;
    for (scale::Variant& call : calls->variants) {
      if (call.name == "set_weights") std::swap(call.fields[1], call.fields[2]);
    }
  }
  EXPECT_FALSE(encode_call(metadata, book::SetWeights{}).ok());
}

}  // namespace
}  // namespace noonmark::client
