#include "ledger/runtime/internal/outcome.h"

#include <algorithm>

namespace noonmark::runtime {
namespace {

constexpr std::string_view kBalances[] = {"InsufficientBalance", "ExistentialDeposit", "Expendability"};
constexpr std::string_view kSubtensor[] = {"SubnetNotExists",
                                           "HotKeyAccountNotExists",
                                           "HotKeyNotRegisteredInSubNet",
                                           "HotKeyAlreadyRegisteredInSubNet",
                                           "NonAssociatedColdKey",
                                           "NotEnoughBalanceToStake",
                                           "NotEnoughStakeToWithdraw",
                                           "NotEnoughStakeToSetWeights",
                                           "AmountTooLow",
                                           "WeightVecNotEqualSize",
                                           "WeightVecLengthIsLow",
                                           "UidsLengthExceedUidsInSubNet",
                                           "UidVecContainInvalidOne",
                                           "DuplicateUids",
                                           "NeuronNoValidatorPermit",
                                           "SettingWeightsTooFast",
                                           "IncorrectWeightVersionKey",
                                           "CommitRevealEnabled",
                                           "CommitRevealDisabled",
                                           "NoWeightsCommitFound",
                                           "InvalidRevealCommitHashNotMatch",
                                           "RevealTooEarly",
                                           "ExpiredWeightCommit",
                                           "TooManyUnrevealedCommits",
                                           "ServingRateLimitExceeded",
                                           "InvalidIpType",
                                           "InvalidIpAddress",
                                           "InvalidPort",
                                           "NotEnoughBalanceToPayRegistration",
                                           "NoNeuronIdAvailable",
                                           "SubNetworkDoesNotExist",
                                           "FirstEmissionBlockNumberAlreadySet",
                                           "SubtokenDisabled",
                                           "TooManyNetworks",
                                           "CommittingWeightsTooFast"};
constexpr std::string_view kSudo[] = {"RequireSudo"};
constexpr std::string_view kCommitments[] = {"TooManyFieldsInCommitmentInfo", "AccountNotAllowedCommit",
                                             "SpaceLimitExceeded"};
constexpr std::string_view kAdmin[] = {"SubnetDoesNotExist", "ValueNotInBounds"};
constexpr PalletErrors kErrors[] = {{"Balances", 5, kBalances},
                                    {"SubtensorModule", 7, kSubtensor},
                                    {"Sudo", 12, kSudo},
                                    {"Commitments", 18, kCommitments},
                                    {"AdminUtils", 19, kAdmin}};

/// DispatchInfo: weight (none is metered), class, who pays.
void dispatch_info(Writer& out, bool pays) {
  out.compact(0).compact(0).number<std::uint8_t>(0).number(static_cast<std::uint8_t>(pays ? 0 : 1));
}

}  // namespace

std::span<const PalletErrors> all_errors() { return kErrors; }

Outcome failed(std::string_view pallet, std::string_view name) {
  const auto home = std::ranges::find(kErrors, pallet, &PalletErrors::pallet);
  CHECK(home != std::end(kErrors), "no pallet " + std::string(pallet));
  const auto found = std::ranges::find(home->names, name);
  CHECK(found != home->names.end(), "no error " + std::string(name));
  return DispatchError{DispatchError::Kind::module, home->index,
                       static_cast<std::uint8_t>(found - home->names.begin())};
}

Writer Events::begin(std::uint8_t pallet, std::uint8_t event) const {
  Writer out;
  out.number(static_cast<std::uint8_t>(phase_ ? 0 : 1));  // ApplyExtrinsic, Finalization
  if (phase_) out.number(*phase_);
  out.number(pallet).number(event);
  return out;
}

void Events::end(Writer& out) {
  out.compact(0);  // no topics
  records_.insert(records_.end(), out.view().begin(), out.view().end());
  ++count_;
}

void Events::add_success(bool pays) {
  Writer out = begin(0, 0);
  dispatch_info(out, pays);
  end(out);
}

void Events::add_failure(const DispatchError& error, bool pays) {
  Writer out = begin(0, 1);
  out.number(static_cast<std::uint8_t>(error.kind));
  if (error.kind == DispatchError::Kind::module) {
    out.number(error.pallet).number(error.error).raw(core::Bytes(3));
  }
  dispatch_info(out, pays);
  end(out);
}

core::Bytes Events::encoded() const { return Writer().compact(count_).raw(records_).take(); }

void Events::forget(const Mark& mark) {
  records_.resize(mark.bytes);
  count_ = mark.count;
}

}  // namespace noonmark::runtime
