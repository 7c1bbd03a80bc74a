#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "ledger/runtime/internal/items.h"

// Errors and events by the real chain's names. Their numbers are this chain's own: clients take them from the metadata.
namespace noonmark::runtime {

/// sp_runtime's DispatchError, as far as this chain has it.
struct DispatchError {
  enum class Kind : std::uint8_t { bad_origin = 2, module = 3 } kind = Kind::bad_origin;
  std::uint8_t pallet = 0, error = 0;
};
/// Nothing: it worked.
using Outcome = std::optional<DispatchError>;

/// The errors of one pallet; an error's number is its place.
struct PalletErrors {
  std::string_view pallet;
  std::uint8_t index;
  std::span<const std::string_view> names;
};
std::span<const PalletErrors> all_errors();

/// "SubtensorModule", "NotEnoughBalanceToStake". Requires that there is such an error.
Outcome failed(std::string_view pallet, std::string_view name);
inline Outcome bad_origin() { return DispatchError{}; }

namespace event {

struct Place {
  const char* pallet;
  std::uint8_t pallet_index;
  const char* name;
  std::uint8_t index;
};

struct Transfer {
  static constexpr Place place{"Balances", 5, "Transfer", 2};
  AccountId from, to;
  std::uint64_t amount = 0;
  static constexpr auto fields() {
    return std::tuple(field("from", &Transfer::from), field("to", &Transfer::to), field("amount", &Transfer::amount));
  }
};
struct NetworkAdded {
  static constexpr Place place{"SubtensorModule", 7, "NetworkAdded", 0};
  NetUid netuid = 0;
  std::uint16_t modality = 0;
  static constexpr auto fields() {
    return std::tuple(field("", &NetworkAdded::netuid), field("", &NetworkAdded::modality));
  }
};
struct StakeAdded {
  static constexpr Place place{"SubtensorModule", 7, "StakeAdded", 2};
  AccountId coldkey, hotkey;
  std::uint64_t amount = 0;
  NetUid netuid = 0;
  static constexpr auto fields() {
    return std::tuple(field("", &StakeAdded::coldkey), field("", &StakeAdded::hotkey), field("", &StakeAdded::amount),
                      field("", &StakeAdded::netuid));
  }
};
struct StakeRemoved {
  static constexpr Place place{"SubtensorModule", 7, "StakeRemoved", 3};
  AccountId coldkey, hotkey;
  std::uint64_t amount = 0;
  NetUid netuid = 0;
  static constexpr auto fields() {
    return std::tuple(field("", &StakeRemoved::coldkey), field("", &StakeRemoved::hotkey),
                      field("", &StakeRemoved::amount), field("", &StakeRemoved::netuid));
  }
};
struct WeightsSet {
  static constexpr Place place{"SubtensorModule", 7, "WeightsSet", 5};
  NetUid netuid = 0;
  Uid uid = 0;
  static constexpr auto fields() { return std::tuple(field("", &WeightsSet::netuid), field("", &WeightsSet::uid)); }
};
struct NeuronRegistered {
  static constexpr Place place{"SubtensorModule", 7, "NeuronRegistered", 6};
  NetUid netuid = 0;
  Uid uid = 0;
  AccountId hotkey;
  static constexpr auto fields() {
    return std::tuple(field("", &NeuronRegistered::netuid), field("", &NeuronRegistered::uid),
                      field("", &NeuronRegistered::hotkey));
  }
};
struct AxonServed {
  static constexpr Place place{"SubtensorModule", 7, "AxonServed", 10};
  NetUid netuid = 0;
  AccountId hotkey;
  static constexpr auto fields() { return std::tuple(field("", &AxonServed::netuid), field("", &AxonServed::hotkey)); }
};
struct WeightsCommitted {
  static constexpr Place place{"SubtensorModule", 7, "WeightsCommitted", 11};
  AccountId who;
  NetUid netuid = 0;
  Hash256 digest{};
  static constexpr auto fields() {
    return std::tuple(field("", &WeightsCommitted::who), field("", &WeightsCommitted::netuid),
                      field("", &WeightsCommitted::digest));
  }
};
struct WeightsRevealed {
  static constexpr Place place{"SubtensorModule", 7, "WeightsRevealed", 12};
  AccountId who;
  NetUid netuid = 0;
  Hash256 digest{};
  static constexpr auto fields() {
    return std::tuple(field("", &WeightsRevealed::who), field("", &WeightsRevealed::netuid),
                      field("", &WeightsRevealed::digest));
  }
};
struct Committed {
  static constexpr Place place{"Commitments", 18, "Commitment", 0};
  NetUid netuid = 0;
  AccountId who;
  static constexpr auto fields() {
    return std::tuple(field("netuid", &Committed::netuid), field("who", &Committed::who));
  }
};
using All = std::tuple<Transfer, NetworkAdded, StakeAdded, StakeRemoved, WeightsSet, NeuronRegistered, AxonServed,
                       WeightsCommitted, WeightsRevealed, Committed>;

}  // namespace event

/// The events of one block, in SCALE.
class Events {
 public:
  /// Events that follow belong to extrinsic `index` of the block, or with nothing to the block itself.
  void phase(std::optional<std::uint32_t> index) { phase_ = index; }
  template <class T>
  void add(const T& event) {
    Writer out = begin(T::place.pallet_index, T::place.index);
    write(out, event);
    end(out);
  }
  void add_success(bool pays);
  void add_failure(const DispatchError& error, bool pays);

  std::uint32_t count() const { return count_; }
  /// Vec<EventRecord>.
  core::Bytes encoded() const;
  /// What a failed extrinsic did is undone: its events too.
  struct Mark {
    std::size_t bytes;
    std::uint32_t count;
  };
  Mark mark() const { return {records_.size(), count_}; }
  void forget(const Mark& mark);

 private:
  Writer begin(std::uint8_t pallet, std::uint8_t event) const;
  void end(Writer& out);
  std::optional<std::uint32_t> phase_;
  std::uint32_t count_ = 0;
  core::Bytes records_;
};

}  // namespace noonmark::runtime
