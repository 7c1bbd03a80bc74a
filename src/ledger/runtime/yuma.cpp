#include "ledger/runtime/yuma.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "ledger/runtime/fixed.h"

namespace noonmark::runtime {
namespace {

struct Cell {
  std::uint16_t column;
  Fixed value;
};
using Row = std::vector<Cell>;
using Matrix = std::vector<Row>;
using Vector = std::vector<Fixed>;

Fixed sum(std::span<const Fixed> values) { return std::accumulate(values.begin(), values.end(), kZero); }

void divide(Vector& values, Fixed by) {
  for (Fixed& value : values) value = value / by;
}
void normalise(Vector& values) {
  const Fixed total = sum(values);
  if (total != kZero) divide(values, total);
}
void normalise_rows(Matrix& matrix) {
  for (Row& row : matrix) {
    Fixed total;
    for (const Cell& cell : row) total += cell.value;
    if (total <= kZero) continue;
    for (Cell& cell : row) cell.value = cell.value / total;
  }
}
Vector column_sums(const Matrix& matrix, std::size_t columns) {
  Vector sums(columns);
  for (const Row& row : matrix) {
    for (const Cell& cell : row) sums[cell.column] += cell.value;
  }
  return sums;
}
void normalise_columns(Matrix& matrix) {
  const Vector sums = column_sums(matrix, matrix.size());
  for (Row& row : matrix) {
    for (Cell& cell : row) {
      if (sums[cell.column] != kZero) cell.value = cell.value / sums[cell.column];
    }
  }
}
void upscale_columns(Matrix& matrix) {
  Vector most(matrix.size());
  for (const Row& row : matrix) {
    for (const Cell& cell : row) most[cell.column] = std::max(most[cell.column], cell.value);
  }
  for (Row& row : matrix) {
    for (Cell& cell : row) {
      if (most[cell.column] != kZero) cell.value = cell.value / most[cell.column];
    }
  }
}

/// Σ_i vector_i · matrix_ij, by j.
Vector times(const Vector& vector, const Matrix& matrix) {
  Vector result(matrix.size());
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    for (const Cell& cell : matrix[i]) result[cell.column] += vector[i] * cell.value;
  }
  return result;
}
/// Σ_j matrix_ij · vector_j, by i.
Vector times(const Matrix& matrix, const Vector& vector) {
  Vector result(matrix.size());
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    for (const Cell& cell : matrix[i]) result[i] += cell.value * vector[cell.column];
  }
  return result;
}
Vector row_sums(const Matrix& matrix) {
  Vector sums(matrix.size());
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    for (const Cell& cell : matrix[i]) sums[i] += cell.value;
  }
  return sums;
}

Matrix read(const std::vector<YumaNeuron>& neurons, ShareRow YumaNeuron::*rows, bool as_share) {
  Matrix matrix(neurons.size());
  for (std::size_t i = 0; i < neurons.size(); ++i) {
    for (const auto& [column, value] : neurons[i].*rows) {
      if (column >= neurons.size()) continue;
      matrix[i].push_back({column, as_share ? Fixed::ratio(value, 65535) : Fixed::whole(value)});
    }
  }
  return matrix;
}

template <class Out>
void mask(Matrix& matrix, const Out& out) {
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    std::erase_if(matrix[i], [&](const Cell& cell) { return out(i, cell.column); });
  }
}

/// The score at which the stake of those below exceeds `minority`: quickselect around the middle element.
Fixed weighted_median(const Vector& stake, const Vector& score, Fixed minority, Fixed total) {
  std::vector<std::uint32_t> indices(score.size()), lower, upper;
  std::iota(indices.begin(), indices.end(), 0u);
  Fixed low = kZero, high = total;
  while (indices.size() > 1) {
    const Fixed pivot = score[indices[indices.size() / 2]];
    Fixed lower_stake, upper_stake;
    lower.clear();
    upper.clear();
    for (const std::uint32_t i : indices) {
      if (score[i] < pivot) {
        lower_stake += stake[i];
        lower.push_back(i);
      } else if (score[i] > pivot) {
        upper_stake += stake[i];
        upper.push_back(i);
      }
    }
    // Roundings may leave `minority` below 0: then the lowest score counts, and an empty half is never entered.
    if (minority < low + lower_stake && !lower.empty()) {
      high = low + lower_stake;
      indices.swap(lower);
    } else if (high - upper_stake <= minority && !upper.empty()) {
      low = high - upper_stake;
      indices.swap(upper);
    } else {
      return pivot;
    }
  }
  return indices.empty() ? kZero : score[indices.front()];
}

/// By column: the largest weight that a share kappa of the active stake stands behind.
Vector consensus_of(const Vector& stake, const Matrix& weights, Fixed kappa) {
  Vector used;
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < stake.size(); ++i) {
    if (stake[i] <= kZero) continue;
    used.push_back(stake[i]);
    rows.push_back(i);
  }
  normalise(used);
  const Fixed total = sum(used), minority = total - kappa;
  std::vector<Vector> scores(weights.size(), Vector(used.size()));
  for (std::size_t k = 0; k < rows.size(); ++k) {
    for (const Cell& cell : weights[rows[k]]) scores[cell.column][k] = cell.value;
  }
  Vector consensus;
  for (const Vector& score : scores) consensus.push_back(weighted_median(used, score, minority, total));
  return consensus;
}

Matrix clip(const Matrix& weights, const Vector& consensus) {
  Matrix clipped(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    for (const Cell& cell : weights[i]) {
      const Fixed bound = consensus[cell.column];
      if (bound >= cell.value) clipped[i].push_back(cell);
      if (bound < cell.value && bound > kZero) clipped[i].push_back({cell.column, bound});
    }
  }
  return clipped;
}

/// a + ratio (b - a), where that is above 0.
Matrix between(const Matrix& a, const Matrix& b, Fixed ratio) {
  if (ratio == kZero) return a;
  if (ratio == kOne) return b;
  Matrix result(a.size());
  Vector from(a.size()), to(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::ranges::fill(from, kZero);
    std::ranges::fill(to, kZero);
    for (const Cell& cell : a[i]) from[cell.column] = cell.value;
    for (const Cell& cell : b[i]) to[cell.column] = cell.value;
    for (std::size_t j = 0; j < from.size(); ++j) {
      const Fixed value = from[j] + ratio * (to[j] - from[j]);
      if (value > kZero) result[i].push_back({static_cast<std::uint16_t>(j), value});
    }
  }
  return result;
}

/// alpha · now + (1 - alpha) · before.
Matrix moving_average(const Matrix& now, const Matrix& before, Fixed alpha) {
  Matrix result(now.size());
  Vector row(now.size());
  for (std::size_t i = 0; i < now.size(); ++i) {
    std::ranges::fill(row, kZero);
    for (const Cell& cell : now[i]) row[cell.column] += alpha * cell.value;
    for (const Cell& cell : before[i]) row[cell.column] += (kOne - alpha) * cell.value;
    for (std::size_t j = 0; j < row.size(); ++j) {
      if (row[j] > kZero) result[i].push_back({static_cast<std::uint16_t>(j), row[j]});
    }
  }
  return result;
}

/// e^x by its series of 31 terms, as the crate's transcendental::exp.
Fixed exponential(Fixed x) {
  if (x == kZero) return kOne;
  if (x == kOne) return {0x2B7E15162};
  const bool negative = x < kZero;
  const Fixed operand = negative ? kZero - x : x;
  Fixed result = operand + kOne, term = operand;
  for (std::int64_t i = 2; i < 32; ++i) {
    term = term * operand / Fixed::whole(i);
    result += term;
  }
  return negative ? kOne / result : result;
}

Fixed bounded(Fixed value, Fixed low, Fixed high) { return std::clamp(value, low, high); }

/// How fast a bond follows a weight: fast where it departs from the consensus.
class LiquidAlpha {
 public:
  LiquidAlpha(const YumaRules& rules, const Vector& consensus)
      : consensus_(consensus),
        low_(Fixed::ratio(rules.alpha_low, 65535)),
        high_(Fixed::ratio(rules.alpha_high, 65535)),
        steepness_(Fixed::whole(rules.sigmoid_steepness) / Fixed::whole(100)) {}

  Fixed operator()(std::size_t column, Fixed weight, Fixed bond) const {
    const Fixed bought = bounded(weight - consensus_[column], kZero, kOne), sold = bounded(bond - weight, kZero, kOne);
    const Fixed difference = (weight >= bond ? bought : sold) - kHalf;
    const Fixed sigmoid = kOne / (kOne + exponential((kZero - steepness_) * difference));
    return bounded(low_ + sigmoid * (high_ - low_), low_, high_);
  }

 private:
  static constexpr Fixed kHalf{std::int64_t{1} << 31};
  const Vector& consensus_;
  const Fixed low_, high_, steepness_;
};

/// Each pair with its own alpha; what stands in `now` alone survives.
Matrix liquid_average(const Matrix& now, const Matrix& before, const LiquidAlpha& alpha_of) {
  Matrix result(now.size());
  Vector old(now.size());
  for (std::size_t i = 0; i < now.size(); ++i) {
    std::ranges::fill(old, kZero);
    for (const Cell& cell : before[i]) old[cell.column] = cell.value;
    for (const Cell& cell : now[i]) {
      const Fixed alpha = alpha_of(cell.column, cell.value, old[cell.column]);
      const Fixed value = (kOne - alpha) * old[cell.column] + alpha * cell.value;
      if (value > kZero) result[i].push_back({cell.column, std::min(value, kOne)});
    }
  }
  return result;
}

std::vector<std::uint16_t> shares(const Vector& values) {
  std::vector<std::uint16_t> result;
  for (const Fixed value : values) result.push_back(value.share());
  return result;
}

/// Rounded, so that the largest becomes 65535.
std::vector<std::uint16_t> upscaled(const Vector& values) {
  const Fixed most = values.empty() ? kZero : *std::ranges::max_element(values);
  std::vector<std::uint16_t> result;
  for (const Fixed value : values) {
    const Fixed scaled = value * Fixed::whole(65535) / (most == kZero ? kOne : most);
    result.push_back(
        static_cast<std::uint16_t>(std::min<std::int64_t>((scaled.raw + (std::int64_t{1} << 31)) >> 32, 65535)));
  }
  return result;
}

class Epoch {
 public:
  Epoch(const YumaRules& rules, const std::vector<YumaNeuron>& neurons) : rules_(rules), neurons_(neurons) {}

  YumaResult run(std::uint64_t emission) {
    weigh_stakes();
    read_weights();
    consensus_ = consensus_of(active_stake_, weights_, Fixed::ratio(rules_.kappa, 65535));
    const Matrix clipped = clip(weights_, consensus_);
    result_.validator_trust = shares(row_sums(clipped));
    Vector incentive = times(active_stake_, clipped);
    rate_trust(incentive);
    normalise(incentive);
    const Matrix for_bonds = between(weights_, clipped, Fixed::ratio(rules_.bonds_penalty, 65535));
    Vector dividends = rules_.yuma3 ? bonds_of_yuma3(for_bonds, incentive) : bonds_classic(for_bonds, incentive);
    normalise(dividends);
    result_.consensus = shares(consensus_);
    result_.incentive = shares(incentive);
    result_.dividends = shares(dividends);
    result_.stake_weight = shares(stake_);
    emit(incentive, dividends, emission);
    return std::move(result_);
  }

 private:
  void weigh_stakes() {
    unsigned __int128 total = 0;
    const auto counted = [&](const YumaNeuron& neuron) {
      return neuron.stake < rules_.stake_threshold ? std::uint64_t{0} : neuron.stake;
    };
    for (const YumaNeuron& neuron : neurons_) total += counted(neuron);
    for (const YumaNeuron& neuron : neurons_) {
      const unsigned __int128 scaled = static_cast<unsigned __int128>(counted(neuron)) << 32;
      stake_.push_back(total == 0 ? kZero : Fixed::saturate(static_cast<__int128>(scaled / total)));
      result_.active.push_back(neuron.last_update + rules_.activity_cutoff >= rules_.block);
    }
    grant_permits();
    active_stake_ = stake_;
    for (std::size_t i = 0; i < neurons_.size(); ++i) {
      if (!result_.active[i] || !neurons_[i].permit) active_stake_[i] = kZero;
    }
    normalise(active_stake_);
  }

  /// To the largest stakes that aren't 0; of equal ones to the higher uid.
  void grant_permits() {
    std::vector<std::size_t> order(stake_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(stake_[i], i); });
    result_.permit.assign(stake_.size(), false);
    const std::size_t kept = std::min<std::size_t>(rules_.max_validators, order.size());
    for (const std::size_t i : std::span(order).last(kept)) result_.permit[i] = stake_[i] > kZero;
  }

  void read_weights() {
    weights_ = read(neurons_, &YumaNeuron::weights, true);
    mask(weights_, [&](std::size_t i, std::size_t j) {
      const YumaNeuron &from = neurons_[i], &to = neurons_[j];
      if (!from.permit || from.last_update <= to.registered_at) return true;
      if (i == j && rules_.owner != static_cast<std::uint16_t>(i)) return true;
      return from.open_commit && *from.open_commit < to.registered_at;
    });
    normalise_rows(weights_);
  }

  /// What of the weights on somebody survived the clipping.
  void rate_trust(const Vector& ranks) {
    const Vector before = times(active_stake_, weights_);
    Vector trust;
    for (std::size_t j = 0; j < ranks.size(); ++j) trust.push_back(ranks[j] / before[j]);
    result_.trust = shares(trust);
  }

  Matrix old_bonds(bool as_share) const {
    Matrix bonds = read(neurons_, &YumaNeuron::bonds, as_share);
    mask(bonds, [&](std::size_t, std::size_t j) { return rules_.last_tempo <= neurons_[j].registered_at; });
    return bonds;
  }

  Fixed alpha() const { return kOne - Fixed::ratio(rules_.bonds_moving_average, 1'000'000); }

  Vector bonds_classic(const Matrix& weights, const Vector& incentive) {
    Matrix before = old_bonds(false), now = weights;
    normalise_columns(before);
    for (std::size_t i = 0; i < now.size(); ++i) {
      for (Cell& cell : now[i]) cell.value = cell.value * active_stake_[i];
    }
    normalise_columns(now);
    Matrix bonds = moving_average(now, before, alpha());
    normalise_columns(bonds);
    Vector dividends = times(bonds, incentive);
    upscale_columns(bonds);
    keep_bonds(bonds);
    return dividends;
  }

  Vector bonds_of_yuma3(const Matrix& weights, const Vector& incentive) {
    const Matrix before = old_bonds(true);
    Matrix bonds = rules_.liquid_alpha ? liquid_average(weights, before, LiquidAlpha(rules_, consensus_))
                                       : moving_average(weights, before, alpha());
    keep_bonds(bonds);
    normalise_columns(bonds);
    Vector dividends = times(bonds, incentive);
    for (std::size_t i = 0; i < dividends.size(); ++i) dividends[i] = dividends[i] * active_stake_[i];
    return dividends;
  }

  /// New rows for those with a new permit; those who lost theirs lose the row; other rows stay as they are.
  void keep_bonds(const Matrix& bonds) {
    for (std::size_t i = 0; i < bonds.size(); ++i) {
      ShareRow row;
      if (result_.permit[i]) {
        for (const Cell& cell : bonds[i]) row.emplace_back(cell.column, cell.value.share());
      } else if (!neurons_[i].permit) {
        row = neurons_[i].bonds;
      }
      result_.bonds.push_back(std::move(row));
    }
  }

  void emit(const Vector& incentive, const Vector& dividends, std::uint64_t emission) {
    Vector combined;
    for (std::size_t i = 0; i < incentive.size(); ++i) combined.push_back(incentive[i] + dividends[i]);
    const Fixed total = sum(combined);
    Vector server = incentive, validator = dividends;
    if (total != kZero) {
      for (Vector* part : {&combined, &server, &validator}) divide(*part, total);
    } else {  // nobody's weights count: those who stake are paid
      const bool idle = std::ranges::all_of(active_stake_, [](Fixed value) { return value == kZero; });
      combined = validator = idle ? stake_ : active_stake_;
    }
    for (std::size_t i = 0; i < combined.size(); ++i) {
      result_.emission.push_back(combined[i].of(emission));
      result_.server_emission.push_back(server[i].of(emission));
      result_.validator_emission.push_back(validator[i].of(emission));
    }
    result_.pruning_score = upscaled(combined);
  }

  const YumaRules& rules_;
  const std::vector<YumaNeuron>& neurons_;
  Vector stake_, active_stake_, consensus_;
  Matrix weights_;
  YumaResult result_;
};

}  // namespace

YumaResult yuma(const YumaRules& rules, const std::vector<YumaNeuron>& neurons, std::uint64_t emission) {
  return Epoch(rules, neurons).run(emission);
}

}  // namespace noonmark::runtime
