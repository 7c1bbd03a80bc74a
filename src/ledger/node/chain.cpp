#include "ledger/node/chain.h"

#include <algorithm>
#include <utility>

#include "base/core/check.h"

namespace noonmark::node {
namespace {

constexpr std::chrono::milliseconds kSmallestStep{1};

Block first_block(const runtime::Changes& genesis, core::UnixNanos now) {
  Block block;
  block.header.state_root = state_root({}, genesis);
  block.header.extrinsics_root = extrinsics_root({});
  block.time = now;
  return block;
}

}  // namespace

core::Result<Chain> Chain::open(const runtime::Machine& machine, ChainStore& store, core::UnixNanos now,
                                const ChainLimits& limits) {
  Chain chain(machine, store, limits);
  std::optional<Block> newest = TRY(store.newest());
  TRY(newest ? chain.resume(std::move(*newest)) : chain.begin(now));
  return chain;
}

core::Result<void> Chain::begin(core::UnixNanos now) {
  const runtime::Changes genesis = TRY(machine_->genesis());
  head_ = first_block(genesis, now);
  TRY(store_->add_block(head_, genesis, {}));
  state_.apply(genesis);
  head_hash_ = genesis_ = head_.header.hash();
  return {};
}

core::Result<void> Chain::resume(Block newest) {
  const runtime::Changes genesis = TRY(machine_->genesis());
  genesis_ = first_block(genesis, {}).header.hash();
  if (TRY(store_->hash_of(0)) != genesis_) {
    return core::conflict("the stored chain began from another genesis; name its own, or another directory");
  }
  head_ = std::move(newest);
  head_hash_ = head_.header.hash();
  state_ = TRY(store_->load_state());
  for (core::Bytes& extrinsic : TRY(store_->waiting())) {
    const book::BlockHash hash = extrinsic_hash(extrinsic);
    const runtime::Validity validity = TRY(machine_->validate(state_, next_context(), extrinsic));
    const runtime::Valid* valid = std::get_if<runtime::Valid>(&validity);
    if (valid == nullptr) {
      stale_.insert(hash);
      continue;
    }
    const std::uint32_t next = TRY(machine_->nonce(state_, valid->signer));
    if (pool_.check(hash, extrinsic.size(), *valid, next)) {
      stale_.insert(hash);
    } else {
      pool_.add(std::move(extrinsic), hash, *valid);
    }
  }
  return {};
}

runtime::BlockContext Chain::next_context() const {
  return {head_.header.number + 1, head_hash_, head_.time + kSmallestStep};
}

core::Result<Chain::Submitted> Chain::submit(core::Bytes extrinsic) {
  if (extrinsic.size() > limits_.extrinsic_bytes)
    return Submitted(refusal_of({runtime::Invalid::Reason::exhausts_resources}));
  const runtime::Validity validity = TRY(machine_->validate(state_, next_context(), extrinsic));
  if (const runtime::Invalid* invalid = std::get_if<runtime::Invalid>(&validity))
    return Submitted(refusal_of(*invalid));
  const runtime::Valid& valid = std::get<runtime::Valid>(validity);
  const book::BlockHash hash = extrinsic_hash(extrinsic);
  const std::uint32_t next = TRY(machine_->nonce(state_, valid.signer));
  if (const auto refused = pool_.check(hash, extrinsic.size(), valid, next)) return Submitted(*refused);
  TRY(store_->add_waiting(hash, extrinsic));
  stale_.erase(hash);
  pool_.add(std::move(extrinsic), hash, valid);
  return Submitted(hash);
}

Pool::NonceOf Chain::nonce_of(core::Result<void>& failure) const {
  return [this, &failure](const book::AccountId& account) -> std::uint32_t {
    const auto nonce = machine_->nonce(state_, account);
    if (!nonce.ok()) failure = nonce.error();
    return nonce.value_or(0);
  };
}

core::Result<std::vector<core::Bytes>> Chain::offer() const {
  core::Result<void> failure;
  std::vector<core::Bytes> offered;
  std::size_t bytes = 0;
  for (const Waiting* one : pool_.ready(nonce_of(failure))) {
    bytes += one->bytes.size();
    if (bytes > limits_.block_bytes) break;
    offered.push_back(one->bytes);
  }
  TRY(std::move(failure));
  return offered;
}

std::vector<core::Bytes> Chain::pending() const { return offer().value_or({}); }

Block Chain::next_block(const runtime::Executed& executed, const runtime::BlockContext& context) const {
  Block block;
  block.header = {head_hash_, context.number, state_root(head_.header.state_root, executed.changes),
                  extrinsics_root(executed.extrinsics)};
  block.time = context.time;
  block.extrinsics = executed.extrinsics;
  return block;
}

core::Result<Made> Chain::make_block(core::UnixNanos now) {
  runtime::BlockContext context = next_context();
  context.time = std::max(context.time, now);
  const std::vector<core::Bytes> offered = TRY(offer());
  runtime::Executed executed = TRY(machine_->execute(state_, context, offered));
  CHECK(executed.outcomes.size() == offered.size(), "the machine says what came of each extrinsic");
  Made made{next_block(executed, context), {}, std::move(executed.changes), {}};
  made.hash = made.block.header.hash();
  std::vector<book::BlockHash> gone(stale_.begin(), stale_.end());
  for (std::size_t i = 0; i < offered.size(); ++i) {
    if (executed.outcomes[i] == runtime::Executed::Outcome::postponed) continue;
    made.settled.push_back({extrinsic_hash(offered[i]), executed.outcomes[i] == runtime::Executed::Outcome::included});
    gone.push_back(made.settled.back().hash);
  }
  TRY(store_->add_block(made.block, made.changes, gone));
  state_.apply(made.changes);
  head_ = made.block;
  head_hash_ = made.hash;
  for (const book::BlockHash& hash : gone) pool_.remove(hash);
  stale_.clear();
  core::Result<void> failure;
  for (const Waiting& one : pool_.prune(head_.header.number, nonce_of(failure))) {
    made.settled.push_back({one.hash, false});
    stale_.insert(one.hash);
  }
  TRY(std::move(failure));
  return made;
}

core::Result<std::uint32_t> Chain::next_nonce(const book::AccountId& account) const {
  const std::uint32_t next = TRY(machine_->nonce(state_, account));
  return pool_.next_nonce(account, next);
}

}  // namespace noonmark::node
