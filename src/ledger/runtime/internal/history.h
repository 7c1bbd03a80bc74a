#pragma once

#include <deque>
#include <map>
#include <vector>

#include "ledger/book/types.h"
#include "ledger/runtime/state.h"

namespace noonmark::runtime {

/// The storage after each of the last blocks, in memory: of every key its values by the block that wrote them.
/// Threads: one at a time.
class History {
 public:
  /// Of blocks older than the newest by more than `depth` nothing is kept that they alone need.
  explicit History(book::BlockNumber depth) : depth_(depth) {}

  /// What the next block did; the first time, what block 0 holds.
  void add(const Changes& changes);
  /// Requires that at least one block is there.
  book::BlockNumber newest() const { return oldest_ + static_cast<book::BlockNumber>(touched_.size()) - 1; }
  book::BlockNumber oldest() const { return oldest_; }

  /// The storage after one block from oldest() to newest(). Borrows the history; valid until the next add().
  class View final : public StateView {
   public:
    View(const History& history, book::BlockNumber number) : history_(history), number_(number) {}
    core::Result<std::optional<core::Bytes>> get(core::ByteView key) const override;
    core::Result<std::vector<core::Bytes>> keys(core::ByteView prefix, std::size_t count,
                                                core::ByteView after) const override;

   private:
    const History& history_;
    const book::BlockNumber number_;
  };
  View at(book::BlockNumber number) const { return View(*this, number); }

 private:
  struct Version {
    book::BlockNumber since;
    std::optional<core::Bytes> value;
  };
  using Versions = std::vector<Version>;  // by `since`
  static const core::Bytes* find(const Versions& versions, book::BlockNumber number);
  void forget_oldest();

  const book::BlockNumber depth_;
  book::BlockNumber oldest_ = 0;
  std::map<core::Bytes, Versions> values_;
  std::deque<std::vector<core::Bytes>> touched_;  // by block, from the oldest: the keys that it wrote
};

}  // namespace noonmark::runtime
