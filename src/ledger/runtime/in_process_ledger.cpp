#include "ledger/runtime/in_process_ledger.h"

#include <algorithm>
#include <map>

#include "crypto/hash/blake2b.h"
#include "ledger/runtime/internal/book_calls.h"
#include "ledger/runtime/internal/history.h"
#include "ledger/runtime/internal/metadata.h"
#include "ledger/runtime/internal/reading.h"
#include "ledger/runtime/internal/receipts.h"
#include "ledger/scale/extrinsic.h"

namespace noonmark::runtime {
namespace {

/// Like a header's: over what was before and everything that the block did.
book::BlockHash hash_of(const BlockContext& block, const Changes& changes) {
  Writer out;
  out.raw(block.parent.bytes).number(block.number);
  out.number(static_cast<std::uint64_t>(block.time.time_since_epoch().count())).compact(changes.size());
  for (const auto& [key, value] : changes) {
    out.bytes(key).boolean(value.has_value());
    if (value) out.bytes(*value);
  }
  return {hash::blake2b_256(out.view())};
}

}  // namespace

InProcessLedger::InProcessLedger(const Runtime& runtime, Settings settings)
    : runtime_(runtime), settings_(settings), history_(std::make_unique<History>(settings.history)) {}

InProcessLedger::~InProcessLedger() = default;

core::Result<std::unique_ptr<InProcessLedger>> InProcessLedger::open(const Runtime& runtime, Settings settings) {
  CHECK(settings.block_time >= std::chrono::milliseconds(1), "blocks need times that differ");
  std::unique_ptr<InProcessLedger> ledger(new InProcessLedger(runtime, settings));
  const Changes genesis = TRY(runtime.genesis());
  ledger->hashes_.push_back(hash_of({0, {}, settings.start}, genesis));
  ledger->history_->add(genesis);
  return ledger;
}

BlockContext InProcessLedger::next_context() const {
  const auto number = static_cast<book::BlockNumber>(hashes_.size());
  return {number, hashes_.back(), settings_.start + settings_.block_time * number};
}

core::Result<std::vector<core::Result<book::Receipt>>> InProcessLedger::make_block(
    std::span<const core::Bytes> extrinsics) {
  const BlockContext next = next_context();
  const Executed made = TRY(runtime_.execute(history_->at(history_->newest()), next, extrinsics));
  hashes_.push_back(hash_of(next, made.changes));
  history_->add(made.changes);
  return receipts_of(runtime_.described(), {next.number, hashes_.back()}, made);
}

core::Result<void> InProcessLedger::advance(book::BlockNumber blocks) {
  for (book::BlockNumber i = 0; i < blocks; ++i) TRY(make_block({}));
  return {};
}

core::Result<std::vector<core::Result<book::Receipt>>> InProcessLedger::submit_all(std::span<const Asked> asked) {
  CHECK(settings_.trusted, "a ledger that isn't trusted takes signed calls only");
  std::map<book::AccountId, std::uint32_t> nonces;
  std::vector<core::Bytes> extrinsics;
  for (const Asked& one : asked) {
    auto nonce = nonces.find(one.signer);
    if (nonce == nonces.end()) {
      const std::uint32_t next = TRY(runtime_.nonce(history_->at(history_->newest()), one.signer));
      nonce = nonces.emplace(one.signer, next).first;
    }
    extrinsics.push_back(TRY(unsigned_extrinsic(one, nonce->second++)));
  }
  return make_block(extrinsics);
}

core::Result<core::Bytes> InProcessLedger::unsigned_extrinsic(const Asked& asked, std::uint32_t nonce) const {
  const AnyCall call = TRY(call_of(asked.call));
  scale::SigningContext context;
  context.nonce = nonce;
  return TRY(scale::prepare(runtime_.described(), encode_call(call), context)).with_signature(asked.signer, {});
}

core::Result<book::Receipt> InProcessLedger::submit(const book::Call& call, const sign::Sr25519Pair& signer,
                                                    core::Nanos) {
  if (settings_.trusted) {
    const Asked asked[] = {{signer.account(), call}};
    return TRY(submit_all(asked)).front();
  }
  const auto state = history_->at(history_->newest());
  const AnyCall translated = TRY(call_of(call));
  scale::SigningContext context;
  context.spec_version = kSpecVersion;
  context.transaction_version = kTransactionVersion;
  context.genesis = context.birth_block = hashes_.front().bytes;
  context.nonce = TRY(runtime_.nonce(state, signer.account()));
  const scale::Unsigned prepared = TRY(scale::prepare(runtime_.described(), encode_call(translated), context));
  const core::Bytes extrinsic[] = {prepared.sign(signer)};
  const Validity validity = TRY(runtime_.validate(state, next_context(), extrinsic[0]));
  if (const auto* invalid = std::get_if<Invalid>(&validity)) return refused(*invalid);
  return TRY(make_block(extrinsic)).front();
}

core::Result<Audit> InProcessLedger::audit() const { return runtime::audit(history_->at(history_->newest())); }

core::Result<void> InProcessLedger::check(const book::BlockRef& at) const {
  if (at.number >= hashes_.size() || hashes_[at.number] != at.hash) {
    return core::not_found("the ledger has no block " + std::to_string(at.number) + " of this hash");
  }
  if (at.number < history_->oldest()) {
    return core::not_found("block " + std::to_string(at.number) + " is older than what is kept; keep a longer history");
  }
  return {};
}

core::Result<book::BlockRef> InProcessLedger::head() { return book::BlockRef{history_->newest(), hashes_.back()}; }

core::Result<book::BlockRef> InProcessLedger::block(book::BlockNumber number) {
  if (number >= hashes_.size()) return core::not_found("the ledger has no block " + std::to_string(number) + " yet");
  return book::BlockRef{number, hashes_[number]};
}

core::Result<core::UnixNanos> InProcessLedger::block_time(const book::BlockRef& at) {
  TRY(check(at));
  return settings_.start + settings_.block_time * at.number;
}

core::Result<book::Account> InProcessLedger::account(const book::AccountId& who, const book::BlockRef& at) {
  TRY(check(at));
  return read_account(history_->at(at.number), who);
}

core::Result<book::Metagraph> InProcessLedger::metagraph(book::NetUid netuid, const book::BlockRef& at) {
  TRY(check(at));
  auto graph = TRY(read_metagraph(history_->at(at.number), netuid));
  graph.at = at;
  return graph;
}

core::Result<std::vector<book::Commitment>> InProcessLedger::commitments(book::NetUid netuid,
                                                                         const book::BlockRef& at) {
  TRY(check(at));
  return read_commitments(history_->at(at.number), netuid);
}

core::Result<std::vector<book::WeightRow>> InProcessLedger::weights(book::NetUid netuid, const book::BlockRef& at) {
  TRY(check(at));
  return read_weights(history_->at(at.number), netuid);
}

core::Result<std::vector<book::WeightCommit>> InProcessLedger::weight_commits(book::NetUid netuid,
                                                                              const book::AccountId& hotkey,
                                                                              const book::BlockRef& at) {
  TRY(check(at));
  return read_weight_commits(history_->at(at.number), netuid, hotkey);
}

}  // namespace noonmark::runtime
