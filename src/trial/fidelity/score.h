#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "trial/fidelity/measures.h"
#include "trial/record/fidelity_report.h"

// From measures to one number. Everything here is a pure function of recorded numbers, so that whoever has the record
// computes the same scores; results are rounded to a millionth as all derived numbers in records are.
namespace noonmark::fidelity {

using Floors = std::map<std::string, record::ComparatorFloor>;

/// Where a comparator begins and ends to tell pictures apart for one baseline on one machine.
///
/// `harmless` holds measures of the baseline against itself under variations that nobody would mind (other threads,
/// weights stored in half precision, another optimisation level of the runtime), the floor is their worst. `unrelated`
/// holds measures of the baseline against its own pictures for the same prompts and other seeds; the floor is their
/// median (of an even number the nearer of the two). Give it a dozen comparisons or more: few make an uncertain median.
/// A comparator whose unrelated floor is no farther than its harmless one can't tell pictures apart here; its floors
/// are published, and it is left out of scores. Fails: invalid (no measures, comparators that are missing in some, or
/// none of structure and perception is left; the message says which).
core::Result<Floors> calibrate(std::span<const Measures> harmless, std::span<const Measures> unrelated);

/// 1 / (1 + (2 t)^4), where t is how far the comparator's error lies on the way from the harmless floor (0, and below)
/// to the unrelated one (1): 1 for what is as good as equal, 1/2 half-way, 1/17 for a typical picture of another seed,
/// less and less beyond, never a cliff. The error is the mean squared error for "psnr", 1 - value for "ssim" and
/// "ms_ssim", the value for distances; all of them grow like squared differences, so equal losses get about equal
/// marks. None when the comparator has no floors, they are not apart, or the value is NaN.
std::optional<double> closeness(std::string_view comparator, double value, const Floors& floors);

/// One picture's fidelity, 0..1. Total: whatever is missing or NaN never raises it.
///
///   structure  = mean closeness of psnr, ssim and ms_ssim
///   perception = closeness of the learned perceptual distance
///   score      = sqrt(structure × perception)
///
/// The geometric mean lets no kind of closeness make up for the lack of the other: blur keeps structure and loses
/// perception, a picture of the same thing in another place the reverse. Where floors know no perceptual distance, the
/// score is structure alone. The hashes take no part: on small pictures with flat ground their floors lie within a bit
/// or two of each other. They are recorded as evidence of copies and look-up tables.
double score(const Measures& measures, const Floors& floors);

/// What became of one request.
struct Outcome {
  int request = 0;
  std::optional<Measures> measures;
  std::string failure;  ///< why there are no measures, e.g. "the output is not a picture"; empty otherwise
};

/// The report of one entry: a score for each outcome (0 for failures, with a note that gives the reason), mean and
/// minimum. No outcomes at all give 0 and a note. `notes` come first in the report's notes. Measures are rounded to a
/// millionth, and scores are computed from the rounded ones.
record::FidelityReport make_report(std::span<const Outcome> outcomes, const Floors& floors,
                                   std::vector<std::string> notes = {});

/// An output of an entry for a request; empty pixels with a reason where there is none.
struct Output {
  int request = 0;
  image::Image picture;
  std::string failure;
};

/// Compares outputs with references and reports. An output that can't be compared (another size, not sound, missing)
/// scores 0 with its reason. Groups of equal pictures for different requests are noted. Requires: one reference for
/// each output, in order.
record::FidelityReport assess(const Comparer& comparer, std::span<const Reference> references,
                              std::span<const Output> outputs, const Floors& floors);

}  // namespace noonmark::fidelity
