#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"

namespace noonmark::record {

/// One output compared with the baseline's output for the same request.
struct OutputFidelity {
  int request = 0;
  std::map<std::string, double> values =
      {};            ///< By comparator: "psnr", "ssim", "ms_ssim", "phash", "perceptual", … Finite.
  double score = 0;  ///< 0 (nothing in common) .. 1 (the same).
  bool operator==(const OutputFidelity&) const = default;
};

/// Where a comparator stands on harmless and on meaningless variations of the baseline; published with the contest.
struct ComparatorFloor {
  double harmless = 0;   ///< Worst value of the baseline against itself under variations that nobody would mind.
  double unrelated = 0;  ///< Typical value of the baseline against its own outputs for other seeds: the median.
  bool operator==(const ComparatorFloor&) const = default;
};

/// How close an entry's outputs are to the baseline's.
struct FidelityReport {
  std::vector<OutputFidelity> outputs = {};
  std::map<std::string, ComparatorFloor> floors = {};  ///< By comparator.
  double mean = 0;                                     ///< Of the outputs' scores.
  double minimum = 0;
  std::vector<std::string> notes = {};  ///< Findings of probes in words, e.g. "the output does not depend on the seed".
  bool operator==(const FidelityReport&) const = default;
};

codec::Json to_json(const OutputFidelity& output);
core::Result<OutputFidelity> output_fidelity_from_json(const codec::Json& json);
codec::Json to_json(const FidelityReport& report);
/// Limits: 100 000 outputs, 64 comparators each, 1000 notes. Fails: invalid.
core::Result<FidelityReport> fidelity_report_from_json(const codec::Json& json);

}  // namespace noonmark::record
