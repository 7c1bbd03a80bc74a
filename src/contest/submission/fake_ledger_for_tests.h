#pragma once

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "ledger/book/ledger.h"

namespace noonmark::submission {

/// A subnet that tests write themselves: each block keeps the whole state. Only committing works.
class FakeLedger final : public book::Ledger {
 public:
  struct State {
    core::UnixNanos time{};
    std::map<sign::AccountId, book::Commitment> commitments;
    std::vector<book::Neuron> neurons;
  };

  explicit FakeLedger(core::UnixNanos start) { blocks.push_back({start, {}, {}}); }

  /// The next block, made at `time`, with the state as it was; its state may then be changed.
  State& make_block(core::UnixNanos time) {
    State next = blocks.back();
    next.time = time;
    blocks.push_back(std::move(next));
    return blocks.back();
  }
  void commit(const sign::AccountId& hotkey, core::Bytes data) {
    blocks.back().commitments[hotkey] = {hotkey, number(), std::move(data)};
  }
  void add_neuron(const sign::AccountId& hotkey, const sign::AccountId& coldkey) {
    book::Neuron neuron;
    neuron.uid = static_cast<book::Uid>(blocks.back().neurons.size());
    neuron.hotkey = hotkey;
    neuron.coldkey = coldkey;
    neuron.registered_at = number();
    blocks.back().neurons.push_back(neuron);
  }
  book::BlockNumber number() const { return static_cast<book::BlockNumber>(blocks.size() - 1); }

  core::Result<book::BlockRef> head() override { return block(number()); }
  core::Result<book::BlockRef> block(book::BlockNumber at) override {
    if (at >= blocks.size()) return core::not_found("no such block yet");
    book::BlockRef ref{at, {}};
    ref.hash.bytes.fill(static_cast<std::uint8_t>(at * 37 + 1));
    return ref;
  }
  core::Result<core::UnixNanos> block_time(const book::BlockRef& at) override {
    ++reads;
    return blocks.at(at.number).time;
  }
  core::Result<book::Account> account(const sign::AccountId&, const book::BlockRef&) override {
    return book::Account{};
  }
  core::Result<book::Metagraph> metagraph(book::NetUid netuid, const book::BlockRef& at) override {
    book::Metagraph graph;
    graph.at = at;
    graph.netuid = netuid;
    graph.neurons = blocks.at(at.number).neurons;
    return graph;
  }
  core::Result<std::vector<book::Commitment>> commitments(book::NetUid, const book::BlockRef& at) override {
    std::vector<book::Commitment> all;
    for (const auto& [hotkey, commitment] : blocks.at(at.number).commitments) all.push_back(commitment);
    return all;
  }
  core::Result<std::vector<book::WeightRow>> weights(book::NetUid, const book::BlockRef&) override {
    return std::vector<book::WeightRow>{};
  }
  core::Result<std::vector<book::WeightCommit>> weight_commits(book::NetUid, const sign::AccountId&,
                                                               const book::BlockRef&) override {
    return std::vector<book::WeightCommit>{};
  }
  core::Result<book::Receipt> submit(const book::Call& call, const sign::Sr25519Pair& signer, core::Nanos) override {
    ++submissions;
    if (on_submit) {
      const auto answer = on_submit();
      if (!answer.ok()) return answer.error();
    }
    const auto& given = std::get<book::Commit>(call);
    make_block(next_time ? next_time() : blocks.back().time + std::chrono::seconds(12));
    if (call_error.empty()) commit(signer.account(), given.data);
    if (after_submit) {
      const auto answer = after_submit();
      if (!answer.ok()) return answer.error();
    }
    return book::Receipt{head().value(), 1, call_error.empty(), call_error};
  }

  std::vector<State> blocks;  ///< by number
  int reads = 0, submissions = 0;
  std::string call_error;                            ///< the error that calls end with in their block
  std::function<core::Result<void>()> on_submit;     ///< may refuse
  std::function<core::Result<void>()> after_submit;  ///< may fail: the answer is lost
  std::function<core::UnixNanos()> next_time;        ///< of the block that holds a call
};

}  // namespace noonmark::submission
