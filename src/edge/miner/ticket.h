#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/codec/json.h"
#include "base/core/clock.h"
#include "base/core/result.h"
#include "contest/submission/commitment.h"
#include "ledger/book/types.h"

namespace noonmark::miner {

using sign::AccountId;

enum class Stage {
  planned,  ///< Written down; whether it was sent isn't known.
  entered,  ///< A finalised block holds the sealed entry, or the open one: then it is done.
  opened,   ///< A finalised block holds what the sealed entry opens to.
  missed,   ///< It wasn't opened in time; another one may be entered.
};
std::string_view name_of(Stage stage);

/// What a miner has to remember of an entry, above all the salt that opens it. It is on disk before anything is sent,
/// and changed after each step; the ledger says what became of a step that was cut off.
struct Ticket {
  std::string contest;      ///< rules::Contest::id
  hash::Digest definition;  ///< rules::digest_of() when it was planned
  book::NetUid netuid = 0;
  AccountId hotkey;
  bool sealed = true;
  submission::Open open;
  Stage stage = Stage::planned;
  core::UnixNanos cut_off{};  ///< Of the day that it is for; from `entered` on.
  std::optional<book::BlockNumber> entered, opened;

  /// What is sent first: the seal, or the open record itself.
  submission::Record first_record() const;
};

/// Where the ticket of this key for this contest lies below a state directory.
std::filesystem::path ticket_file(const std::filesystem::path& state, std::string_view contest, book::NetUid netuid,
                                  const AccountId& hotkey);

/// Whole or not at all, for this user's eyes only.
core::Result<void> save_ticket(const std::filesystem::path& file, const Ticket& ticket);
/// Fails: not_found, corrupt.
core::Result<Ticket> load_ticket(const std::filesystem::path& file);

codec::Json to_json(const Ticket& ticket);
core::Result<Ticket> ticket_from_json(const codec::Json& json);

}  // namespace noonmark::miner
