#pragma once

#include <memory>
#include <string>
#include <vector>

#include "crypto/hash/blake2b.h"
#include "crypto/sign/sr25519.h"
#include "ledger/runtime/internal/dispatch.h"
#include "ledger/runtime/internal/metadata.h"
#include "ledger/runtime/internal/receipts.h"
#include "ledger/runtime/runtime.h"
#include "ledger/scale/extrinsic.h"

namespace noonmark::runtime {

inline constexpr Rao kTao = 1'000'000'000;

/// The accounts of the tests' genesis; hot keys hold no money.
enum : std::uint8_t {
  kOwner = 1,  ///< of every subnet, and the chain's sudo key
  kOwnerHot,
  kValidator,
  kValidatorHot,  ///< uid 1 of subnet 1, with a permit
  kMiner,
  kMinerHot,  ///< uid 2 of subnet 1
  kRich,      ///< 1000 TAO
  kStranger,  ///< nothing
  kLaterHot,  ///< for registrations
};

inline sign::Sr25519Pair pair_of(std::uint8_t n) {
  std::array<std::uint8_t, 32> seed{};
  seed.fill(n);
  return sign::Sr25519Pair(sign::Seed::from_bytes(seed));
}
inline AccountId id(std::uint8_t n) { return pair_of(n).account(); }

inline Genesis genesis_for_tests() {
  Genesis genesis;
  genesis.sudo = id(kOwner);
  genesis.endowed = {{id(kOwner), 100 * kTao}, {id(kMiner), 10 * kTao}, {id(kRich), 1000 * kTao}};
  Genesis::Subnet subnet;
  subnet.owner = id(kOwner);
  subnet.owner_hotkey = id(kOwnerHot);
  subnet.tempo = 10;
  subnet.weights_rate_limit = 5;
  subnet.serving_rate_limit = 5;
  subnet.commit_reveal = false;
  subnet.neurons = {{id(kValidatorHot), id(kValidator), 100 * kTao, true}, {id(kMinerHot), id(kMiner), 0, false}};
  genesis.subnets = {subnet};
  return genesis;
}

/// A chain of blocks over the runtime alone: what is offered isn't signed, and what comes of it is a word.
class TestChain {
 public:
  struct Offered {
    AccountId signer;
    AnyCall call;
    std::uint64_t tip = 0;
  };

  explicit TestChain(Genesis genesis = genesis_for_tests()) : runtime_(Runtime::open(std::move(genesis)).value()) {
    state_.apply(runtime_->genesis().value());
    hashes_.push_back({});
  }

  const Runtime& runtime() const { return *runtime_; }
  const MemoryState& state() const { return state_; }
  book::BlockNumber number() const { return static_cast<book::BlockNumber>(hashes_.size() - 1); }
  BlockContext next() const { return {number() + 1, hashes_.back(), time_of(number() + 1)}; }
  std::uint32_t nonce(const AccountId& who) const { return runtime_->nonce(state_, who).value(); }
  Rao money(std::uint8_t who) { return get(item::kAccount, id(who)).data.free; }
  Audit audited() const { return audit(state_).value(); }

  template <class T, class... Keys>
  T get(const Item<T, Keys...>& item, const std::type_identity_t<Keys>&... keys) const {
    Storage storage(state_);
    return storage.get(item, keys...);
  }

  core::Bytes extrinsic(const Offered& offered, std::uint32_t nonce) const {
    scale::SigningContext context;
    context.nonce = nonce;
    context.tip = offered.tip;
    return scale::prepare(runtime_->described(), encode_call(offered.call), context)
        .value()
        .with_signature(offered.signer, {});
  }
  /// As the pool wants it: of this chain, in a block's era where `period` isn't 0.
  core::Bytes signed_extrinsic(std::uint8_t who, const AnyCall& call, std::uint64_t period = 0,
                               std::uint64_t tip = 0) const {
    const sign::Sr25519Pair pair = pair_of(who);
    scale::SigningContext context;
    context.spec_version = kSpecVersion;
    context.transaction_version = kTransactionVersion;
    context.genesis = context.birth_block = hashes_.front().bytes;
    context.nonce = nonce(pair.account());
    context.tip = tip;
    if (period > 0) {
      context.era = scale::Era::mortal(number(), period);
      context.birth_block = hashes_[context.era.birth(number())].bytes;
    }
    return scale::prepare(runtime_->described(), encode_call(call), context).value().sign(pair);
  }
  Validity validity(core::ByteView extrinsic) const { return runtime_->validate(state_, next(), extrinsic).value(); }

  Executed make_block(const std::vector<core::Bytes>& extrinsics) {
    Executed made = runtime_->execute(state_, next(), extrinsics).value();
    state_.apply(made.changes);
    book::BlockHash hash;
    const auto digest = hash::blake2b_256(Writer().number(number()).raw(*made.changes.at(events_key())).view());
    hash.bytes = digest;
    hashes_.push_back(hash);
    return made;
  }
  void advance(std::uint32_t blocks) {
    for (std::uint32_t i = 0; i < blocks; ++i) make_block({});
  }
  void advance_to(book::BlockNumber block) {
    CHECK(block >= number(), "blocks aren't unmade");
    advance(block - number());
  }
  /// Makes a block with this call alone. "" when it worked, else its error ("Pallet.Name"), or "dropped".
  std::string ask(const Offered& offered) {
    const Executed made = make_block({extrinsic(offered, nonce(offered.signer))});
    const auto receipts = receipts_of(runtime_->described(), {number(), hashes_.back()}, made).value();
    if (!receipts[0].ok()) return "dropped";
    CHECK(receipts[0]->success == receipts[0]->error.empty(), "each call has one outcome");
    return receipts[0]->error;
  }
  std::string ask(std::uint8_t who, AnyCall call, std::uint64_t tip = 0) {
    return ask({id(who), std::move(call), tip});
  }

 private:
  static core::UnixNanos time_of(book::BlockNumber number) {
    return core::UnixNanos(std::chrono::seconds(1'800'000'000) + std::chrono::seconds(12) * number);
  }
  static core::Bytes events_key() { return scale::storage_key("System", "Events"); }

  std::unique_ptr<Runtime> runtime_;
  MemoryState state_;
  std::vector<book::BlockHash> hashes_;
};

}  // namespace noonmark::runtime
