#pragma once

#include <span>
#include <vector>

namespace noonmark::stats {

/// Which spending function; see spent_alpha().
enum class SpendingShape { obrien_fleming, pocock };

/// How much of the permitted two-sided error `alpha` may have been used once the share `fraction` of the planned
/// observations is in (Lan and DeMets, Biometrika 70, 1983):
///   obrien_fleming  4 - 4 Phi(z_{alpha/4} / sqrt(fraction)): half of alpha on each side
///   pocock          alpha ln(1 + (e - 1) fraction)
/// Rises from 0 at 0 to alpha at 1; fraction and alpha are clamped to [0, 1]; NaN spends nothing.
double spent_alpha(SpendingShape shape, double alpha, double fraction);

/// The nominal two-sided error at each look: an interval with confidence 1 - result[k] at look k keeps the chance that
/// any of the looked-at intervals misses the truth at or below the error spent so far. Found by integrating the density
/// of the Brownian motion that has not yet crossed a bound (Armitage, McPherson and Rowe, J. R. Stat. Soc. A 132,
/// 1969). `fractions` are the shares of the planned observations at the looks; a look that does not lie after the one
/// before it (or is NaN) gets 0, which means: don't look. The error left over is spent at a fraction of 1.
std::vector<double> nominal_alphas(SpendingShape shape, double alpha, std::span<const double> fractions);

}  // namespace noonmark::stats
