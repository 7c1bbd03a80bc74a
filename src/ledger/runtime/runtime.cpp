#include "ledger/runtime/runtime.h"

#include <algorithm>

#include "ledger/runtime/internal/dispatch.h"
#include "ledger/runtime/internal/metadata.h"
#include "ledger/scale/extrinsic.h"

namespace noonmark::runtime {
namespace {

using codec::Json;

constexpr std::uint8_t kUnsignedV4 = 0x04;

Invalid invalid(Invalid::Reason reason, std::uint8_t custom = 0) { return {reason, custom}; }

/// Milliseconds, as the chain counts.
std::uint64_t milliseconds(core::UnixNanos time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

core::Bytes time_inherent(std::uint64_t now) {
  Writer call;
  call.number(kUnsignedV4).number(call::SetTime::place.pallet_index).number(call::SetTime::place.index).compact(now);
  return Writer().bytes(call.view()).take();
}

/// The hash of an earlier block, as the block `next` knows it.
std::optional<Hash256> hash_of(Storage& state, const BlockContext& next, std::uint64_t number) {
  if (number + 1 == next.number) return next.parent.bytes;
  if (number >= next.number) return std::nullopt;
  return state.find(item::kBlockHash, static_cast<std::uint32_t>(number));
}

core::Bytes events_key() { return scale::storage_key("System", "Events"); }

/// Saturates: a tip beyond all money must not come out as a small fee.
Rao fee_of(const AnyCall& call, std::uint64_t tip) {
  const Rao fee = pays_fee(call) ? kFee : 0;
  return tip > std::numeric_limits<Rao>::max() - fee ? std::numeric_limits<Rao>::max() : fee + tip;
}

/// The block that is being made.
class Maker {
 public:
  Maker(const scale::Metadata& metadata, const StateView& parent, const BlockContext& next)
      : metadata_(metadata), next_(next), state_(parent), scene_{state_, events_, next.number} {}

  core::Result<Executed> run(std::span<const core::Bytes> offered) {
    begin();
    for (const core::Bytes& extrinsic : offered) {
      const auto index = static_cast<std::uint32_t>(made_.extrinsics.size());
      events_.phase(index);
      const Executed::Outcome outcome = apply(extrinsic);
      if (outcome == Executed::Outcome::included) made_.extrinsics.push_back(extrinsic);
      made_.outcomes.push_back(outcome);
    }
    events_.phase(std::nullopt);
    end_block(scene_);
    TRY(state_.outcome());
    made_.changes = state_.take();
    made_.changes[events_key()] = events_.encoded();
    return std::move(made_);
  }

 private:
  void begin() {
    state_.put(item::kNumber, next_.number);
    state_.put(item::kParentHash, next_.parent.bytes);
    state_.put(item::kBlockHash, next_.number - 1, next_.parent.bytes);
    // Block 0 stays: its hash is the chain's name.
    if (next_.number > kBlockHashCount + 1) state_.remove(item::kBlockHash, next_.number - 1 - kBlockHashCount);
    const std::uint64_t now = milliseconds(next_.time);
    state_.put(item::kNow, now);
    made_.extrinsics.push_back(time_inherent(now));
    events_.phase(0);
    events_.add_success(false);
  }

  Executed::Outcome apply(const core::Bytes& bytes) {
    const auto extrinsic = scale::parse_signed(metadata_, bytes);
    if (!extrinsic.ok()) return Executed::Outcome::dropped;
    const auto call = decode_call(extrinsic->call);
    if (!call.ok()) return Executed::Outcome::dropped;
    AccountInfo info = state_.get(item::kAccount, extrinsic->signer);
    if (extrinsic->nonce > info.nonce) return Executed::Outcome::postponed;
    const Rao fee = fee_of(*call, extrinsic->tip);
    if (extrinsic->nonce < info.nonce || info.data.free < fee) return Executed::Outcome::dropped;
    ++info.nonce;
    info.data.free -= fee;
    state_.put(item::kAccount, extrinsic->signer, info);
    if (fee > 0) burn(scene_, fee);
    const Outcome failure = dispatch(scene_, extrinsic->signer, *call);
    if (failure) events_.add_failure(*failure, pays_fee(*call));
    if (!failure) events_.add_success(pays_fee(*call));
    return Executed::Outcome::included;
  }

  const scale::Metadata& metadata_;
  const BlockContext& next_;
  Storage state_;
  Events events_;
  Scene scene_;
  Executed made_;
};

}  // namespace

core::Result<std::unique_ptr<Runtime>> Runtime::open(Genesis genesis) {
  std::unique_ptr<Runtime> runtime(new Runtime());
  runtime->settings_ = std::move(genesis);
  runtime->metadata_ = make_metadata();
  runtime->metadata_bytes_ = scale::encode_metadata(runtime->metadata_);
  TRY(runtime->build_genesis());
  return runtime;
}

core::Result<void> Runtime::build_genesis() {
  unsigned __int128 money = 0;
  for (const Genesis::Endowment& one : settings_.endowed) money += one.amount;
  for (const Genesis::Subnet& subnet : settings_.subnets) {
    for (const Genesis::Neuron& neuron : subnet.neurons) money += neuron.stake;
  }
  if (money > kMostMoney) return core::invalid("genesis: it holds more than 9.2 billion TAO altogether");
  const MemoryState nothing;
  Storage state(nothing);
  Events events;
  Scene scene{state, events, 0};
  state.put(item::kSudoKey, settings_.sudo);
  state.put(item::kBlockEmission, settings_.block_emission);
  for (const Genesis::Endowment& one : settings_.endowed) {
    issue(scene, one.amount);
    credit(scene, one.account, one.amount);
  }
  for (const Genesis::Subnet& subnet : settings_.subnets) {
    const NetUid netuid = add_subnet(scene, subnet.owner, subnet.owner_hotkey);
    if (state.get(item::kOwner, subnet.owner_hotkey) != subnet.owner)
      return core::invalid("genesis: an owner's hot key belongs to somebody else");
    state.put(item::kSubtokenEnabled, netuid, true);
    state.put(item::kTempo, netuid, subnet.tempo);
    state.put(item::kMaxAllowedUids, netuid, subnet.max_uids);
    state.put(item::kMaxAllowedValidators, netuid, subnet.max_validators);
    state.put(item::kMinAllowedWeights, netuid, subnet.min_allowed_weights);
    state.put(item::kImmunityPeriod, netuid, subnet.immunity_period);
    state.put(item::kWeightsSetRateLimit, netuid, subnet.weights_rate_limit);
    state.put(item::kServingRateLimit, netuid, subnet.serving_rate_limit);
    state.put(item::kBurn, netuid, subnet.burn);
    state.put(item::kCommitRevealWeightsEnabled, netuid, subnet.commit_reveal);
    state.put(item::kYuma3On, netuid, subnet.yuma3);
    for (const Genesis::Neuron& neuron : subnet.neurons) {
      if (!state.has(item::kOwner, neuron.hotkey)) state.put(item::kOwner, neuron.hotkey, neuron.coldkey);
      const bool taken = state.has(item::kUids, netuid, neuron.hotkey) && neuron.hotkey != subnet.owner_hotkey;
      if (taken || state.get(item::kOwner, neuron.hotkey) != neuron.coldkey) {
        return core::invalid("genesis: " + neuron.hotkey.ss58() + " is there twice, or belongs to two cold keys");
      }
      auto uid = state.find(item::kUids, netuid, neuron.hotkey);
      if (!uid) uid = add_neuron(scene, netuid, neuron.hotkey);
      if (!uid) return core::invalid("genesis: a subnet has more neurons than max_uids");
      issue(scene, neuron.stake);
      if (neuron.stake > 0) add_stake(scene, neuron.hotkey, neuron.coldkey, netuid, neuron.stake);
      auto permits = state.get(item::kValidatorPermit, netuid);
      permits[*uid] = neuron.validator_permit;
      state.put(item::kValidatorPermit, netuid, permits);
    }
  }
  TRY(state.outcome());
  genesis_changes_ = state.take();
  // The chain's name makes two chains with the same accounts differ in their first block.
  genesis_changes_[scale::storage_key("System", "ChainName")] = Writer().text(settings_.chain).take();
  return {};
}

Json Runtime::version() const {
  return Json::object({{"specName", "noonmark"},
                       {"implName", "noonmark"},
                       {"authoringVersion", 1},
                       {"specVersion", static_cast<std::int64_t>(kSpecVersion)},
                       {"implVersion", 1},
                       {"apis", Json::array()},
                       {"transactionVersion", static_cast<std::int64_t>(kTransactionVersion)},
                       {"stateVersion", 1}});
}

core::Result<Validity> Runtime::validate(const StateView& view, const BlockContext& next, core::ByteView bytes) const {
  using Reason = Invalid::Reason;
  Storage state(view);
  Events events;
  Scene scene{state, events, next.number};
  const auto extrinsic = scale::parse_signed(metadata_, bytes);
  if (!extrinsic.ok()) return Validity(invalid(Reason::bad_format));
  const auto call = decode_call(extrinsic->call);
  if (!call.ok()) return Validity(invalid(Reason::call));
  const std::uint64_t birth = extrinsic->era.birth(next.number);
  const auto genesis_hash = hash_of(state, next, 0), birth_hash = hash_of(state, next, birth);
  if (!genesis_hash || !birth_hash) return Validity(invalid(Reason::ancient_birth_block));
  scale::SigningContext context;
  context.spec_version = kSpecVersion;
  context.transaction_version = kTransactionVersion;
  context.genesis = *genesis_hash;
  context.era = extrinsic->era;
  context.birth_block = *birth_hash;
  context.nonce = extrinsic->nonce;
  context.tip = extrinsic->tip;
  const scale::Unsigned signed_part = TRY(scale::prepare(metadata_, extrinsic->call, context));
  if (!sign::verify_sr25519(extrinsic->signer, signed_part.payload(), extrinsic->signature)) {
    return Validity(invalid(Reason::bad_proof));
  }
  const AccountInfo info = state.get(item::kAccount, extrinsic->signer);
  if (extrinsic->nonce < info.nonce) return Validity(invalid(Reason::stale));
  if (info.data.free < fee_of(*call, extrinsic->tip)) return Validity(invalid(Reason::payment));
  if (const auto number = precheck(scene, extrinsic->signer, *call)) return Validity(invalid(Reason::custom, *number));
  TRY(state.outcome());
  Valid valid{extrinsic->signer, extrinsic->nonce, UINT32_MAX};
  if (extrinsic->era.period > 0) valid.valid_until = static_cast<book::BlockNumber>(birth + extrinsic->era.period - 1);
  return Validity(valid);
}

core::Result<Executed> Runtime::execute(const StateView& parent, const BlockContext& next,
                                        std::span<const core::Bytes> offered) const {
  CHECK(next.number > 0, "block 0 is the genesis");
  return Maker(metadata_, parent, next).run(offered);
}

core::Result<std::uint32_t> Runtime::nonce(const StateView& view, const book::AccountId& account) const {
  Storage state(view);
  const std::uint32_t nonce = state.get(item::kAccount, account).nonce;
  TRY(state.outcome());
  return nonce;
}

core::Result<core::Bytes> Runtime::call(const StateView& view, const BlockContext&, std::string_view method,
                                        core::ByteView arguments) const {
  if (method == "Metadata_metadata") return Writer().bytes(metadata_bytes_).take();
  if (method == "AccountNonceApi_account_nonce") {
    Reader in(arguments);
    const AccountId account{TRY(in.array<32>())};
    return Writer().number(TRY(nonce(view, account))).take();
  }
  return core::invalid("this chain has no runtime API " + std::string(method.substr(0, 100)));
}

core::Result<Json> Runtime::fee(const StateView&, core::ByteView bytes) const {
  const scale::Signed extrinsic = TRY(scale::parse_signed(metadata_, bytes));
  const AnyCall call = TRY(decode_call(extrinsic.call));
  return Json::object({{"weight", 0},  // none is metered; in the form that polkadot.js reads
                       {"class", "normal"},
                       {"partialFee", std::to_string(pays_fee(call) ? kFee : 0)}});
}

core::Result<Audit> audit(const StateView& view) {
  Storage state(view);
  Audit audit;
  for (const auto& [key, info] : state.all(item::kAccount)) audit.balances += info.data.free + info.data.reserved;
  for (const auto& [key, amount] : state.all(item::kAlpha)) audit.stakes += amount;
  for (const auto& [key, amount] : state.all(item::kPendingEmission)) audit.pending += amount;
  audit.burned = state.get(item::kBurned);
  audit.issued = state.get(item::kIssued);
  TRY(state.outcome());
  return audit;
}

}  // namespace noonmark::runtime
