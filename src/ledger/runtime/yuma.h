#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace noonmark::runtime {

/// One row of a weight or bond matrix: columns ascending, with a value of 0 to 65535 each.
using ShareRow = std::vector<std::pair<std::uint16_t, std::uint16_t>>;

/// The rules of a subnet that the consensus depends on.
struct YumaRules {
  std::uint64_t block = 0;
  std::uint64_t last_tempo = 0;  ///< bonds to whoever registered at or after this block don't count
  std::uint64_t activity_cutoff = 5000;
  std::uint16_t kappa = 32767;                   ///< of 65535: the stake that a weight must have behind it
  std::uint16_t bonds_penalty = 65535;           ///< of 65535
  std::uint64_t bonds_moving_average = 900'000;  ///< of a million
  std::uint16_t max_validators = 64;
  std::uint64_t stake_threshold = 0;
  bool yuma3 = false, liquid_alpha = false;             ///< liquid alpha works with yuma3 only
  std::uint16_t alpha_low = 45875, alpha_high = 58982;  ///< of 65535
  std::int16_t sigmoid_steepness = 1000;
  std::optional<std::uint16_t> owner;  ///< whose self-weight counts
};

/// A neuron as the consensus sees it.
struct YumaNeuron {
  std::uint64_t stake = 0, last_update = 0, registered_at = 0;
  bool permit = false;
  ShareRow weights, bonds;
  /// Its earliest open weight commit: while that is older than somebody's registration, weights to them don't count.
  std::optional<std::uint64_t> open_commit;
};

/// By uid; shares of 65535.
struct YumaResult {
  std::vector<std::uint16_t> incentive, dividends, consensus, validator_trust, trust, stake_weight, pruning_score;
  std::vector<bool> permit, active;
  std::vector<std::uint64_t> emission, server_emission, validator_emission;
  std::vector<ShareRow> bonds;
};

/// One epoch of Yuma consensus, classic or Yuma 3, as pallets/subtensor/src/epoch of opentensor/subtensor (specs 293 to
/// 425) computes it, to the last bit: weighted median of the weights by stake, clipping, incentives by clipped weights,
/// dividends by bonds. Pure. Columns of rows beyond the neurons are passed over.
YumaResult yuma(const YumaRules& rules, const std::vector<YumaNeuron>& neurons, std::uint64_t emission);

}  // namespace noonmark::runtime
