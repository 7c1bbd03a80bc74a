#include "ledger/book/types.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/core/files.h"
#include "ledger/book/ledger.h"

namespace noonmark::book {
namespace {

TEST(WeightCommit, HasTheDigestOfTheRealChain) {
  const auto text = core::read_text(NOONMARK_SOURCE_DIR "/tests/golden/chain/commit_reveal.json", 1 << 20).value();
  const codec::Json golden = codec::parse_json(text).value();
  const codec::Json& commit = *golden.find("hash_commit");
  RevealWeights reveal;
  reveal.netuid = static_cast<NetUid>(commit.find("netuid")->as_integer());
  reveal.version = static_cast<std::uint64_t>(commit.find("version_key")->as_integer());
  for (std::size_t i = 0; i < commit.find("uids")->as_array().size(); ++i) {
    reveal.weights.push_back({static_cast<Uid>(commit.find("uids")->as_array()[i].as_integer()),
                              static_cast<std::uint16_t>(commit.find("values")->as_array()[i].as_integer())});
  }
  for (const codec::Json& word : commit.find("salt")->as_array()) {
    reveal.salt.push_back(static_cast<std::uint16_t>(word.as_integer()));
  }
  const AccountId account = AccountId::parse(commit.find("account")->as_string()).value();
  EXPECT_EQ(weight_commit_digest(account, reveal).hex(), commit.find("blake2_256")->as_string());
}

TEST(Metagraph, FindsANeuronByItsHotkey) {
  Metagraph graph;
  for (std::uint8_t i = 0; i < 3; ++i) {
    Neuron neuron;
    neuron.uid = i;
    neuron.hotkey = {{i}};
    graph.neurons.push_back(neuron);
  }
  ASSERT_NE(graph.find({{2}}), nullptr);
  EXPECT_EQ(graph.find({{2}})->uid, 2);
  EXPECT_EQ(graph.find({{9}}), nullptr);
}

}  // namespace
}  // namespace noonmark::book
