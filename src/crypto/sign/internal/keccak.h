#pragma once
#include <array>
#include <cstdint>

namespace noonmark::sign {

/// The permutation Keccak-f[1600] (FIPS 202 §3.3) on lanes in the order A[0,0], A[1,0] … A[4,4].
/// No branch and no address depends on the state.
void keccak_f1600(std::array<std::uint64_t, 25>& lanes);

}  // namespace noonmark::sign
