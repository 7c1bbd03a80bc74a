#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "ledger/book/ledger.h"

namespace noonmark::payout {

struct Settings {
  book::BlockNumber interval = 100;                  ///< Blocks between two rows, at least.
  book::BlockNumber retry_min = 10, retry_max = 50;  ///< After a refusal: a random number of blocks from this range.
  book::BlockNumber in_flight = 80;  ///< After so many blocks a call that was sent can't be included any
                                     ///< more: its mortal era of 64, and how far finality lags.
  std::uint64_t version_key = 0;     ///< Of this program; the subnet may ask for a newer one.
  core::Nanos call_limit = std::chrono::minutes(20);  ///< For one call, until a finalised block holds it.
};

enum class Status {
  set,           ///< The row stands on the ledger.
  committed,     ///< The row's hash stands on the ledger; the row follows in its window.
  revealed,      ///< As `set`, by way of a commit.
  waiting,       ///< Nothing to be done before `next`.
  refused,       ///< The ledger said no, in `message`; tried again from `next` on.
  expired,       ///< A commit's window passed before the row was shown; a new row is next.
  nobody,        ///< There is nobody to pay.
  no_permit,     ///< The key has no validator permit; it sets weights again when it has one.
  deregistered,  ///< The key isn't registered on the subnet (any more).
  outdated,      ///< The subnet asks for a newer program.
};
std::string_view name_of(Status status);

struct Outcome {
  Status status = Status::waiting;
  std::string message;         ///< A sentence for people.
  book::BlockNumber next = 0;  ///< No earlier than at this block another tick does something.
};

/// A row for the subnet as it is: plan::make_plan() of the finished days. Empty: nobody is to be paid.
using MakeRow = std::function<core::Result<std::vector<book::Weight>>(const book::Metagraph&)>;
/// Fills bytes with randomness that nobody can guess: salts hide rows until they are revealed.
using Random = std::function<void(std::span<std::uint8_t>)>;

/// Brings a validator's row of weights onto the ledger, again and again: at once, and then after `interval` blocks, or
/// a whole epoch where that is longer, so that no epoch ever sees two rows of this key. Where the subnet hides weights
/// (commit–reveal), the row's hash goes out first and the row in its window.
///
/// What is about to be sent, salt included, is on disk before it is sent; a process that was killed at any moment goes
/// on from there: it asks the ledger what became of the call, waits while it may still be included, and never sends
/// another row in its place before that. One row at a time is on its way; a row made in the meantime has to wait.
///
/// Owner: the program; borrows ledger and key. Threads: one. One process per key: two would know nothing of each other.
class Payout {
 public:
  /// Goes on with what `file` says, which is made when it's missing (mode 0600: salts are secret until revealed). Its
  /// folder must exist. Fails: corrupt; conflict (the file belongs to another key or subnet); as core::read_file.
  static core::Result<Payout> open(book::Ledger& ledger, book::NetUid netuid, const sign::Sr25519Pair& hotkey,
                                   const std::filesystem::path& file, Random random, const Settings& settings = {});
  Payout(Payout&&) noexcept;
  Payout& operator=(Payout&&) noexcept;
  ~Payout();

  /// Does what is due at the ledger's head: at most one call, whose end it awaits. To be called at every block or so;
  /// ticks before Outcome::next only read.
  /// Fails: as the ledger and the file; another tick later goes on.
  core::Result<Outcome> tick(const MakeRow& make_row);

 private:
  class Machine;
  explicit Payout(std::unique_ptr<Machine> machine);
  std::unique_ptr<Machine> machine_;
};

}  // namespace noonmark::payout
