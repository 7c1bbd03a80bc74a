#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "contest/rules/contest.h"
#include "crypto/sign/sr25519.h"
#include "edge/miner/ticket.h"
#include "ledger/book/ledger.h"

namespace noonmark::miner {

/// Told what is being waited for, and until when.
using Waiting = std::function<void(std::string_view doing, core::UnixNanos until)>;

/// Everything that submitting works with. Borrowed.
struct Means {
  book::Ledger& ledger;
  const sign::Sr25519Pair& hotkey;
  core::Clock& clock;
  const std::atomic<bool>& stop;  ///< Asks to end with `cancelled`; the same call later goes on.
  Waiting waiting = {};
};

/// Brings one entry of one key onto the ledger: sealed before the cut-off, opened after it. Every step is written down
/// before it is taken and looked up on the ledger before it is repeated, so a process killed anywhere goes on without a
/// second record and without losing what opens the first.
/// Owner: the program. Threads: one; one process for each key.
class Submitter {
 public:
  /// `state`: where tickets are kept.
  Submitter(const rules::Contest& contest, book::NetUid netuid, const std::filesystem::path& state, Means means);

  /// Writes the ticket of a new entry; the one before stays beside it (FILE.before). `salt`: 16 secret random bytes;
  /// nothing for an open entry.
  /// Fails: conflict while a sealed entry of this key waits to be opened; invalid (bad pointer).
  core::Result<Ticket> plan(const hash::Digest& content, std::string_view pointer,
                            const std::optional<submission::Salt>& salt);

  /// Sends the first record unless the ledger has it already, and waits until a finalised block holds it.
  /// Fails: not_found (nothing planned), denied (the key isn't registered, or the ledger refuses), as the ledger.
  core::Result<Ticket> enter();

  /// For a sealed entry: waits for the cut-off by the ledger's own time and opens it. An open entry is done already.
  /// While the ledger can't be reached or refuses it tries again until the time for opening is over.
  /// Fails: conflict (another record replaced the sealed one; or too late: the ticket is `missed`), cancelled.
  core::Result<Ticket> open();

  /// The ticket as it stands. Fails: not_found, corrupt.
  core::Result<Ticket> ticket() const { return load_ticket(file_); }
  const std::filesystem::path& file() const { return file_; }

 private:
  core::UnixNanos open_until(const Ticket& ticket) const { return ticket.cut_off + contest_.submission.reveal; }
  core::Result<std::optional<book::BlockNumber>> standing(const core::Bytes& data, const book::BlockRef& at);
  core::Result<book::BlockNumber> send(const core::Bytes& data);
  core::Result<core::UnixNanos> time_of(book::BlockNumber number);
  core::Result<core::UnixNanos> cut_off_for(book::BlockNumber number);
  core::Result<void> wait(std::string_view doing, core::UnixNanos until);
  core::Result<bool> try_to_open(Ticket& ticket);

  const rules::Contest& contest_;
  const book::NetUid netuid_;
  const std::filesystem::path file_;
  const Means means_;
};

}  // namespace noonmark::miner
