#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/book/ledger.h"
#include "reward/payout/internal/fake_chain_for_tests.h"

namespace noonmark::payout {

/// The chain behind the interface, for one process.
class FakeLedger final : public book::Ledger {
 public:
  explicit FakeLedger(Chain& chain, sign::AccountId self) : chain_(chain), self_(self) {}

  std::function<void(const char*)> moment = [](const char*) {};  ///< told before and after everything
  std::function<void(const Chain::Waiting&)> on_send = [](const Chain::Waiting&) {};
  std::function<book::BlockNumber()> delay = [] { return 1u; };  ///< blocks until a call lands
  std::optional<core::Error> failure;                            ///< of the next submit, which then may land or not
  bool failure_lands = false;

  core::Result<book::BlockRef> head() override {
    moment("head");
    return book::BlockRef{chain_.head, {}};
  }
  core::Result<book::BlockRef> block(book::BlockNumber number) override { return book::BlockRef{number, {}}; }
  core::Result<core::UnixNanos> block_time(const book::BlockRef&) override { return core::UnixNanos{}; }
  core::Result<book::Account> account(const sign::AccountId&, const book::BlockRef&) override {
    return book::Account{};
  }
  core::Result<book::Metagraph> metagraph(book::NetUid netuid, const book::BlockRef& at) override {
    moment("metagraph");
    book::Metagraph graph;
    graph.at = at;
    graph.netuid = netuid;
    graph.rules.tempo = static_cast<std::uint16_t>(chain_.tempo);
    graph.rules.weights_rate_limit = chain_.rate_limit;
    graph.rules.commit_reveal = chain_.commit_reveal;
    graph.rules.weights_version = chain_.version;
    if (!chain_.registered) return graph;
    book::Neuron neuron;
    neuron.hotkey = self_;
    neuron.validator_permit = chain_.permit;
    neuron.last_update = chain_.last_update;
    neuron.registered_at = chain_.registered_at;
    graph.neurons.push_back(neuron);
    return graph;
  }
  core::Result<std::vector<book::Commitment>> commitments(book::NetUid, const book::BlockRef&) override {
    return std::vector<book::Commitment>{};
  }
  core::Result<std::vector<book::WeightRow>> weights(book::NetUid, const book::BlockRef&) override {
    moment("weights");
    return std::vector<book::WeightRow>{{0, {{1, 65535}, {2, chain_.mark}}}};
  }
  core::Result<std::vector<book::WeightCommit>> weight_commits(book::NetUid, const sign::AccountId&,
                                                               const book::BlockRef&) override {
    moment("weight_commits");
    std::vector<book::WeightCommit> list;
    for (std::size_t i = 0; i < chain_.open_count; ++i) {
      const std::uint32_t epoch = chain_.epoch(chain_.open[i].block) + chain_.reveal_period;
      list.push_back(
          {chain_.open[i].digest, chain_.open[i].block, chain_.first_block(epoch), chain_.first_block(epoch + 1) - 1});
    }
    return list;
  }
  core::Result<book::Receipt> submit(const book::Call& call, const sign::Sr25519Pair&, core::Nanos) override {
    const Chain::Waiting item = note(call);
    on_send(item);
    moment("before the pool");
    if (failure && !failure_lands) return *failure;
    const std::size_t position = chain_.pool_count;
    CHECK(position < Chain::kMax);
    chain_.pool[chain_.pool_count++] = item;
    moment("in the pool");
    if (failure) return *failure;
    while (chain_.head + 1 < item.lands) chain_.advance();
    // The block that holds it, by hand, for its result.
    --chain_.pool_count;
    chain_.advance();
    const std::string problem = chain_.apply(item);
    moment("landed");
    return book::Receipt{{chain_.head, {}}, 1, problem.empty(), problem};
  }

 private:
  Chain::Waiting note(const book::Call& call) {
    Chain::Waiting item{chain_.head, chain_.head + delay(), 0, 0, {}};
    if (const auto* set = std::get_if<book::SetWeights>(&call)) item.mark = set->weights.at(1).value;
    if (const auto* commit = std::get_if<book::CommitWeights>(&call)) {
      item.kind = 1;
      item.digest = commit->digest;
    }
    if (const auto* reveal = std::get_if<book::RevealWeights>(&call)) {
      item.kind = 2;
      item.mark = reveal->weights.at(1).value;
      item.digest = book::weight_commit_digest(self_, *reveal);
    }
    CHECK(chain_.sent_count < Chain::kMax);
    chain_.sent[chain_.sent_count++] = item;
    return item;
  }

  Chain& chain_;
  const sign::AccountId self_;
};

/// A row that tells when it was made.
inline core::Result<std::vector<book::Weight>> row_of_the_moment(const book::Metagraph& subnet) {
  return std::vector<book::Weight>{{1, 65535}, {2, static_cast<std::uint16_t>(subnet.at.number)}};
}

/// No epoch saw two rows, and no two calls that landed belong to rows of one epoch.
inline void expect_one_row_per_epoch(const Chain& chain) {
  for (std::size_t i = 0; i < chain.landed_count; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const bool same_kind = chain.landed[i].is_commit == chain.landed[j].is_commit;
      if (!same_kind) continue;
      EXPECT_NE(chain.epoch(chain.landed[i].block), chain.epoch(chain.landed[j].block))
          << "blocks " << chain.landed[j].block << " and " << chain.landed[i].block;
    }
  }
}

/// Every reveal that was ever sent shows a row that was committed to, and no commit was shown in two ways.
inline void expect_reveals_match_commits(const Chain& chain) {
  for (std::size_t i = 0; i < chain.sent_count; ++i) {
    if (chain.sent[i].kind != 2) continue;
    bool known = false;
    for (std::size_t j = 0; j < i; ++j) {
      if (chain.sent[j].kind == 1 && chain.sent[j].digest == chain.sent[i].digest) known = true;
      if (chain.sent[j].kind == 2 && chain.sent[j].digest == chain.sent[i].digest) {
        EXPECT_EQ(chain.sent[j].mark, chain.sent[i].mark);
      }
    }
    EXPECT_TRUE(known) << "a reveal of something that was never committed to";
  }
}

inline std::size_t count_landed(const Chain& chain, bool is_commit, bool is_reveal) {
  return static_cast<std::size_t>(std::count_if(
      chain.landed.begin(), chain.landed.begin() + static_cast<std::ptrdiff_t>(chain.landed_count),
      [&](const Chain::Landed& item) { return item.is_commit == is_commit && item.is_reveal == is_reveal; }));
}

}  // namespace noonmark::payout
