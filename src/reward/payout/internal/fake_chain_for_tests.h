#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <sys/mman.h>

#include "base/core/check.h"
#include "ledger/book/types.h"

namespace noonmark::payout {

/// A subnet's weights as Subtensor keeps them, for one validator (uid 0): rate limit, permit, epochs, commit and reveal
/// windows, a pool whose calls land some blocks later. Lies in memory that child processes share, so that it outlives
/// them when they are killed. Counts what it is sent.
struct Chain {
  static constexpr std::size_t kMax = 4096;
  struct Landed {
    book::BlockNumber block;
    std::uint16_t mark;  ///< the second weight of the row: tells rows apart
    bool is_commit, is_reveal;
  };
  struct Waiting {
    book::BlockNumber sent, lands;
    int kind;  ///< 0 set, 1 commit, 2 reveal
    std::uint16_t mark;
    book::BlockHash digest;
  };
  struct Open {
    book::BlockHash digest;
    book::BlockNumber block;
  };

  book::BlockNumber head = 1000;
  std::uint32_t tempo = 20, rate_limit = 10, reveal_period = 1;
  std::uint64_t version = 0;
  bool commit_reveal = false, registered = true, permit = true;
  std::uint64_t last_update = 900, registered_at = 900;
  std::uint16_t mark = 0;  ///< of the row that stands
  std::size_t landed_count = 0, pool_count = 0, open_count = 0, sent_count = 0, expired_count = 0;
  std::array<Landed, kMax> landed;
  std::array<Waiting, kMax> pool;
  std::array<Open, 64> open;
  std::array<Waiting, kMax> sent;

  std::uint32_t epoch(book::BlockNumber block) const { return (block + 1) / (tempo + 1); }
  book::BlockNumber first_block(std::uint32_t of_epoch) const { return of_epoch * (tempo + 1) - 1; }

  static Chain* make() {
    void* memory = ::mmap(nullptr, sizeof(Chain), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    return ::new (memory) Chain;
  }
  static void free(Chain* chain) { ::munmap(chain, sizeof(Chain)); }

  void log(bool is_commit, bool is_reveal, std::uint16_t row) {
    CHECK(landed_count < kMax);
    landed[landed_count++] = {head, row, is_commit, is_reveal};
  }

  /// Why the call fails in the block that holds it; empty when it doesn't.
  std::string apply(const Waiting& call) {
    if (!registered) return "SubtensorModule.HotKeyNotRegisteredInSubNet";
    if (!permit) return "SubtensorModule.NeuronNoValidatorPermit";
    if (call.kind == 2) return apply_reveal(call);
    if (commit_reveal != (call.kind == 1)) return "SubtensorModule.CommitRevealState";
    if (last_update != registered_at && head - last_update < rate_limit) return "SubtensorModule.SettingWeightsTooFast";
    last_update = head;
    if (call.kind == 0) mark = call.mark;
    if (call.kind == 1) open[open_count++] = {call.digest, head};
    log(call.kind == 1, false, call.mark);
    return "";
  }

  std::string apply_reveal(const Waiting& call) {
    if (!commit_reveal) return "SubtensorModule.CommitRevealDisabled";
    for (std::size_t i = 0; i < open_count; ++i) {
      if (open[i].digest != call.digest) continue;
      if (epoch(head) != epoch(open[i].block) + reveal_period) return "SubtensorModule.RevealTooEarly";
      std::copy(open.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                open.begin() + static_cast<std::ptrdiff_t>(open_count), open.begin());
      open_count -= i + 1;
      mark = call.mark;
      log(false, true, call.mark);
      return "";
    }
    return "SubtensorModule.NoWeightsCommitFound";
  }

  /// One block: calls of the pool whose time it is land, those whose era has ended are dropped, old commits expire.
  void advance() {
    ++head;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < pool_count; ++i) {
      if (pool[i].lands <= head && head <= pool[i].sent + 64) apply(pool[i]);
      if (pool[i].lands > head) pool[kept++] = pool[i];
    }
    pool_count = kept;
    while (open_count > 0 && epoch(head) > epoch(open[0].block) + reveal_period) {
      std::copy(open.begin() + 1, open.begin() + static_cast<std::ptrdiff_t>(open_count), open.begin());
      --open_count;
      ++expired_count;
    }
  }
};

}  // namespace noonmark::payout
