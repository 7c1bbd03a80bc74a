#include "ledger/runtime/internal/metadata.h"

#include "ledger/runtime/internal/dispatch.h"
#include "ledger/runtime/internal/type_book.h"

namespace noonmark::runtime {
namespace {

using scale::Field;
using scale::TypeId;
using scale::Variant;

std::optional<std::string> no_name() { return std::nullopt; }
Field unnamed(TypeId type, std::string type_name = "") {
  return {no_name(), type, type_name.empty() ? no_name() : std::optional(std::move(type_name))};
}

class Builder {
 public:
  scale::Metadata run() {
    call_ = book_.reserve({"noonmark_runtime", "RuntimeCall"});
    add_pallets();
    add_storage();
    add_constants();
    collect_calls();
    collect_events();
    collect_errors();
    finish_calls();
    const TypeId records = event_records();
    pallet("System").storage.push_back({"Events", true, {}, std::nullopt, records, {0}});
    finish_extrinsic();
    metadata_.types = book_.take();
    return std::move(metadata_);
  }

 private:
  scale::Pallet& pallet(std::string_view name) {
    for (scale::Pallet& one : metadata_.pallets) {
      if (one.name == name) return one;
    }
    CHECK(false, "no pallet " + std::string(name));
  }

  void add_pallets() {
    const std::pair<const char*, std::uint8_t> pallets[] = {
        {"System", 0},   {"Timestamp", 2}, {"Balances", 5},     {"TransactionPayment", 6}, {"SubtensorModule", 7},
        {"Utility", 11}, {"Sudo", 12},     {"Commitments", 18}, {"AdminUtils", 19}};
    for (const auto& [name, index] : pallets) {
      scale::Pallet one;
      one.name = one.prefix = name;
      one.index = index;
      metadata_.pallets.push_back(one);
    }
  }

  template <class T, class... Keys>
  void entry(const Item<T, Keys...>& item) {
    scale::StorageEntry entry;
    entry.name = item.name;
    entry.has_default = !item.optional;
    entry.hashers.assign(item.hashers.begin(), item.hashers.end());
    const std::vector<TypeId> keys = {book_.of<Keys>()...};
    if (keys.size() == 1) entry.key = keys[0];
    if (keys.size() > 1) entry.key = book_.tuple_of(keys);
    entry.value = book_.of<T>();
    entry.fallback = item.optional ? core::Bytes{0} : encode(item.fallback);
    pallet(item.pallet).storage.push_back(std::move(entry));
  }
  template <class... Items>
  void entries(const Items&... items) {
    (entry(items), ...);
  }

  void add_storage() {
    using namespace item;
    entries(kNumber, kParentHash, kBlockHash, kAccount, kNow, kBalancesIssued, kSudoKey, kIssued, kBurned, kStaked,
            kNetworks, kStakeThreshold, kBlockEmission, kSubnetPrice, kNetworksAdded, kSubtokenEnabled, kSubnetworkN,
            kTempo, kKappa, kBurn, kMinAllowedWeights, kMaxAllowedUids, kMaxAllowedValidators, kImmunityPeriod,
            kActivityCutoff, kWeightsSetRateLimit, kWeightsVersionKey, kServingRateLimit, kCommitRevealWeightsEnabled,
            kRevealPeriodEpochs, kBondsMovingAverage, kBondsPenalty, kYuma3On, kLiquidAlphaOn, kPendingEmission,
            kLastMechansimStepBlock, kNetworkRegisteredAt, kSubnetOwner, kSubnetOwnerHotkey);
    entries(kActive, kValidatorPermit, kConsensus, kIncentive, kDividends, kValidatorTrust, kStakeWeight, kEmission,
            kLastUpdate, kKeys, kUids, kBlockAtRegistration, kWeights, kBonds, kAxons, kOwner, kTotalHotkeyAlpha,
            kAlpha, kWeightCommits, kCommitmentOf, kLastCommitment, kUsedSpaceOf, kMaxSpace);
  }

  void add_constants() {
    auto& system = pallet("System").constants;
    system.push_back({"BlockHashCount", book_.of<std::uint32_t>(), encode(kBlockHashCount)});
    system.push_back({"SS58Prefix", book_.of<std::uint16_t>(), encode(std::uint16_t{42})});
    pallet("Balances")
        .constants.push_back({"ExistentialDeposit", book_.of<std::uint64_t>(), encode(kExistentialDeposit)});
  }

  /// The arguments of a call; calls within calls refer to the type that is still being made.
  template <class T>
  std::vector<Field> arguments() {
    if constexpr (std::is_same_v<T, call::BatchAll>)
      return {{"calls", book_.list(call_), "Vec<RuntimeCall>"}};
    else if constexpr (std::is_same_v<T, call::Sudo>)
      return {{"call", call_, "Box<RuntimeCall>"}};
    else
      return book_.fields<T>();
  }
  template <std::size_t... I>
  void collect_calls(std::index_sequence<I...>) {
    const auto one = [&]<class T>(std::type_identity<T>) {
      calls_[T::place.pallet].push_back({T::place.name, arguments<T>(), T::place.index});
    };
    (one(std::type_identity<std::variant_alternative_t<I, AnyCall::Variant>>()), ...);
  }
  void collect_calls() { collect_calls(std::make_index_sequence<std::variant_size_v<AnyCall::Variant>>()); }

  template <std::size_t... I>
  void collect_events(std::index_sequence<I...>) {
    const auto one = [&]<class T>(std::type_identity<T>) {
      events_[T::place.pallet].push_back({T::place.name, book_.fields<T>(), T::place.index});
    };
    (one(std::type_identity<std::tuple_element_t<I, event::All>>()), ...);
  }
  void collect_events() {
    const TypeId info = dispatch_info();
    events_["System"] = {
        {"ExtrinsicSuccess", {{"dispatch_info", info, "DispatchInfo"}}, 0},
        {"ExtrinsicFailed",
         {{"dispatch_error", dispatch_error(), "DispatchError"}, {"dispatch_info", info, "DispatchInfo"}},
         1}};
    collect_events(std::make_index_sequence<std::tuple_size_v<event::All>>());
  }

  TypeId simple(const std::vector<std::string>& path, std::initializer_list<const char*> names) {
    std::vector<Variant> variants;
    for (const char* name : names) variants.push_back({name, {}, static_cast<std::uint8_t>(variants.size())});
    return book_.enumeration(path, std::move(variants));
  }
  TypeId dispatch_info() {
    const TypeId weight = book_.composite(
        {"sp_weights", "weight_v2", "Weight"},
        {{"ref_time", book_.of<CompactNumber>(), "u64"}, {"proof_size", book_.of<CompactNumber>(), "u64"}});
    const TypeId kind = simple({"frame_support", "dispatch", "DispatchClass"}, {"Normal", "Operational", "Mandatory"});
    const TypeId pays = simple({"frame_support", "dispatch", "Pays"}, {"Yes", "No"});
    return book_.composite(
        {"frame_support", "dispatch", "DispatchInfo"},
        {{"weight", weight, "Weight"}, {"class", kind, "DispatchClass"}, {"pays_fee", pays, "Pays"}});
  }
  TypeId dispatch_error() {
    const TypeId module = book_.composite({"sp_runtime", "ModuleError"}, {{"index", book_.of<std::uint8_t>(), "u8"},
                                                                          {"error", book_.bytes(4), "[u8; 4]"}});
    return book_.enumeration({"sp_runtime", "DispatchError"}, {{"Other", {}, 0},
                                                               {"CannotLookup", {}, 1},
                                                               {"BadOrigin", {}, 2},
                                                               {"Module", {unnamed(module, "ModuleError")}, 3}});
  }

  void collect_errors() {
    for (const PalletErrors& errors : all_errors()) {
      std::vector<Variant> variants;
      for (const std::string_view name : errors.names) {
        variants.push_back({std::string(name), {}, static_cast<std::uint8_t>(variants.size())});
      }
      const std::string home(errors.pallet);
      pallet(errors.pallet).errors = book_.enumeration({home, "pallet", "Error"}, std::move(variants));
    }
  }

  void finish_calls() {
    std::vector<Variant> pallets;
    for (scale::Pallet& one : metadata_.pallets) {
      if (!calls_.contains(one.name)) continue;
      one.calls = book_.enumeration({one.name, "pallet", "Call"}, calls_[one.name]);
      pallets.push_back({one.name, {unnamed(*one.calls)}, one.index});
    }
    book_.fill(call_, std::move(pallets));
  }

  TypeId event_records() {
    std::vector<Variant> pallets;
    for (scale::Pallet& one : metadata_.pallets) {
      if (!events_.contains(one.name)) continue;
      one.events = book_.enumeration({one.name, "pallet", "Event"}, events_[one.name]);
      pallets.push_back({one.name, {unnamed(*one.events)}, one.index});
    }
    const TypeId event = book_.enumeration({"noonmark_runtime", "RuntimeEvent"}, std::move(pallets));
    const TypeId phase = book_.enumeration({"frame_system", "Phase"},
                                           {{"ApplyExtrinsic", {unnamed(book_.of<std::uint32_t>(), "u32")}, 0},
                                            {"Finalization", {}, 1},
                                            {"Initialization", {}, 2}});
    const TypeId record = book_.composite(
        {"frame_system", "EventRecord"},
        {{"phase", phase, "Phase"}, {"event", event, "E"}, {"topics", book_.list(book_.of<Hash256>()), "Vec<T>"}});
    book_.set_parameters(record, {{"E", event}, {"T", book_.of<Hash256>()}});
    return book_.list(record);
  }

  TypeId multi_signature() {
    return book_.enumeration({"sp_runtime", "MultiSignature"}, {{"Ed25519", {unnamed(book_.bytes(64))}, 0},
                                                                {"Sr25519", {unnamed(book_.bytes(64))}, 1},
                                                                {"Ecdsa", {unnamed(book_.bytes(65))}, 2}});
  }
  /// 0 is immortal; 1 to 255 are the low byte of a mortal era, which has a second one.
  TypeId era() {
    std::vector<Variant> variants = {{"Immortal", {}, 0}};
    for (int low = 1; low < 256; ++low) {
      variants.push_back(
          {"Mortal" + std::to_string(low), {unnamed(book_.of<std::uint8_t>())}, static_cast<std::uint8_t>(low)});
    }
    return book_.enumeration({"sp_runtime", "generic", "era", "Era"}, std::move(variants));
  }

  void finish_extrinsic() {
    const TypeId none = book_.none(), u32 = book_.of<std::uint32_t>(), hash = book_.of<Hash256>();
    const TypeId nonce =
        book_.composite({"frame_system", "extensions", "check_nonce", "CheckNonce"}, {unnamed(compact_u32())});
    const TypeId tip = book_.composite({"pallet_transaction_payment", "ChargeTransactionPayment"},
                                       {unnamed(book_.of<CompactNumber>())});
    const TypeId mortality =
        book_.composite({"frame_system", "extensions", "check_mortality", "CheckMortality"}, {unnamed(era(), "Era")});
    metadata_.extensions = {{"CheckNonZeroSender", none, none},  {"CheckSpecVersion", none, u32},
                            {"CheckTxVersion", none, u32},       {"CheckGenesis", none, hash},
                            {"CheckMortality", mortality, hash}, {"CheckNonce", nonce, none},
                            {"CheckWeight", none, none},         {"ChargeTransactionPayment", tip, none}};
    std::vector<TypeId> extra;
    for (const scale::Extension& extension : metadata_.extensions) extra.push_back(extension.extra);
    metadata_.extrinsic_type = book_.composite({"sp_runtime", "generic", "unchecked_extrinsic", "UncheckedExtrinsic"},
                                               {unnamed(book_.of<std::vector<std::uint8_t>>())});
    book_.set_parameters(metadata_.extrinsic_type, {{"Address", book_.of<Address>()},
                                                    {"Call", call_},
                                                    {"Signature", multi_signature()},
                                                    {"Extra", book_.tuple_of(extra)}});
    metadata_.runtime_type = book_.composite({"noonmark_runtime", "Runtime"}, {});
  }
  TypeId compact_u32() { return book_.compact(book_.of<std::uint32_t>()); }

  TypeBook book_;
  scale::Metadata metadata_;
  TypeId call_ = 0;
  std::map<std::string, std::vector<Variant>> calls_, events_;
};

}  // namespace

scale::Metadata make_metadata() { return Builder().run(); }

}  // namespace noonmark::runtime
