#pragma once

#include <map>
#include <vector>

#include "ledger/book/ledger.h"

namespace noonmark::evidence {

/// A subnet that tests write themselves: each block keeps the whole state.
class DayLedger final : public book::Ledger {
 public:
  struct State {
    core::UnixNanos time{};
    std::map<book::AccountId, book::Commitment> commitments;
    std::vector<book::Neuron> neurons;
    std::map<book::Uid, std::vector<book::Weight>> rows;
  };

  explicit DayLedger(core::UnixNanos start) { blocks.push_back({start, {}, {}, {}}); }

  /// The next block, made at `time`, with the state as it was.
  void make_block(core::UnixNanos time) {
    State next = blocks.back();
    next.time = time;
    blocks.push_back(std::move(next));
  }
  /// So many more, 12 seconds apart.
  void make_blocks(int count) {
    for (int i = 0; i < count; ++i) make_block(blocks.back().time + std::chrono::seconds(12));
  }
  void add(const book::AccountId& hotkey, book::Rao stake, bool permit) {
    book::Neuron neuron;
    neuron.uid = static_cast<book::Uid>(blocks.back().neurons.size());
    neuron.hotkey = neuron.coldkey = hotkey;
    neuron.stake = stake;
    neuron.validator_permit = permit;
    neuron.registered_at = number();
    blocks.back().neurons.push_back(neuron);
  }
  void commit(const book::AccountId& hotkey, core::Bytes data) {
    blocks.back().commitments[hotkey] = {hotkey, number(), std::move(data)};
  }
  void set_row(const book::AccountId& hotkey, std::vector<book::Weight> row) {
    for (book::Neuron& neuron : blocks.back().neurons) {
      if (neuron.hotkey != hotkey) continue;
      neuron.last_update = number();
      blocks.back().rows[neuron.uid] = std::move(row);
    }
  }
  book::BlockNumber number() const { return static_cast<book::BlockNumber>(blocks.size() - 1); }

  core::Result<book::BlockRef> head() override { return block(number()); }
  core::Result<book::BlockRef> block(book::BlockNumber at) override {
    if (at >= blocks.size()) return core::not_found("no such block yet");
    book::BlockRef ref{at, {}};
    ref.hash.bytes.fill(static_cast<std::uint8_t>(at * 37 + 1));
    return ref;
  }
  core::Result<core::UnixNanos> block_time(const book::BlockRef& at) override { return blocks.at(at.number).time; }
  core::Result<book::Account> account(const book::AccountId&, const book::BlockRef&) override {
    return book::Account{};
  }
  core::Result<book::Metagraph> metagraph(book::NetUid netuid, const book::BlockRef& at) override {
    book::Metagraph graph;
    graph.at = at;
    graph.netuid = netuid;
    graph.rules.tempo = 10;
    graph.neurons = blocks.at(at.number).neurons;
    return graph;
  }
  core::Result<std::vector<book::Commitment>> commitments(book::NetUid, const book::BlockRef& at) override {
    std::vector<book::Commitment> all;
    for (const auto& [hotkey, commitment] : blocks.at(at.number).commitments) all.push_back(commitment);
    return all;
  }
  core::Result<std::vector<book::WeightRow>> weights(book::NetUid, const book::BlockRef& at) override {
    std::vector<book::WeightRow> rows;
    for (const auto& [uid, row] : blocks.at(at.number).rows) rows.push_back({uid, row});
    return rows;
  }
  core::Result<std::vector<book::WeightCommit>> weight_commits(book::NetUid, const book::AccountId&,
                                                               const book::BlockRef&) override {
    return std::vector<book::WeightCommit>{};
  }
  core::Result<book::Receipt> submit(const book::Call&, const sign::Sr25519Pair&, core::Nanos) override {
    return core::denied("this ledger is for reading");
  }

  std::vector<State> blocks;  ///< by number
};

}  // namespace noonmark::evidence
