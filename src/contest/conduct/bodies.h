#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"
#include "contest/entry/admission.h"
#include "contest/rules/contest.h"
#include "contest/rules/inputs.h"
#include "crypto/hash/hash.h"
#include "trial/record/failure.h"
#include "trial/record/fidelity_report.h"
#include "trial/record/machine.h"
#include "trial/record/measurement.h"
#include "trial/record/metric.h"

/// What each stage of a contest leaves: the bodies of its sealed records, in the order of the stages.
///
/// Every body has to_json and a reader of that JSON which fails with invalid, naming the member. Derived values stand
/// in the records beside what they derive from, so that a reader need not recompute them; whoever checks does.
namespace noonmark::conduct {

/// "opened": which contest this is, where and when it is held.
struct Opened {
  codec::Json contest;  ///< The definition as canonical values; its digest names it.
  hash::Digest contest_digest;
  std::string program;  ///< "noonmark 0.1.0"
  record::Machine machine;
  std::int64_t opened_at_ns = 0;         ///< Unix time.
  std::int64_t cut_off_ns = 0;           ///< Unix time of the cut-off whose entries take part.
  std::optional<hash::Digest> reigning;  ///< Content of the winner so far, who is dethroned only past the margin.
};

/// "admitted": what was found of each package, and who takes part.
struct Admitted {
  entry::Sighting baseline;
  std::vector<entry::Sighting> candidates;
  entry::Admissions admissions;  ///< Derived.
};

/// "drawn": the beacon, and the requests that it decides.
struct Drawn {
  core::Bytes beacon;  ///< At most 1024 bytes.
  std::string source;  ///< Where the beacon comes from, in words.
  std::int64_t drawn_at_ns = 0;
  std::vector<rules::Input> inputs;  ///< Derived.
};

/// Another machine that did a stage's work for the validator.
struct Tester {
  std::string account;  ///< SS58; its signed request brought the work.
  std::string program;  ///< "noonmark 0.1.0"
  record::Machine machine;
  bool operator==(const Tester&) const = default;
};

/// One picture that a package made.
struct Output {
  int request = 0;
  hash::Digest image;   ///< Of the image file; also the blob's name.
  hash::Digest pixels;  ///< Of the decoded pixels, whatever the file format.
  bool operator==(const Output&) const = default;
};

/// "reference": the baseline's own pictures, which proves that it runs, and what they allow to conclude.
struct Reference {
  std::vector<Output> outputs;
  std::map<std::string, record::ComparatorFloor> floors;  ///< By comparator.
  std::vector<std::string> notes;
  std::optional<Tester> tester;  ///< Who made it; absent when the validator did.
};

/// "measured": one entry against the baseline. `measurement` is absent when nothing could be measured at all.
struct Measured {
  int order = 0;  ///< Of the entry.
  int attempts = 1;
  std::optional<record::Measurement> measurement;
  std::optional<record::Failure> failure;  ///< Why the entry isn't measured. Derived when there is a measurement.
  record::Metrics metrics;                 ///< Derived.
  std::optional<Tester> tester;            ///< Who measured, both sides on its machine; absent when the validator did.
};

/// "judged": how close one entry's pictures are to the baseline's.
struct Judged {
  int order = 0;
  int attempts = 1;
  std::vector<Output> outputs;
  std::optional<record::FidelityReport> report;  ///< Scores in it are derived from its values.
  std::optional<record::Failure> failure;        ///< Exactly one of report and failure is there.
  std::optional<Tester> tester;                  ///< Who judged: whoever measured.
  /// The baseline on the tester's machine, which the report compares with; without a tester that is the contest's.
  std::optional<Reference> reference;
};

/// "sealed": the end. Names every record before it.
struct Sealed {
  std::int64_t sealed_at_ns = 0;
  std::vector<hash::Digest> records;  ///< Derived.
};

codec::Json to_json(const Tester& tester);
core::Result<Tester> tester_from_json(const codec::Json& json);
codec::Json to_json(const Output& output);
core::Result<Output> output_from_json(const codec::Json& json);
codec::Json to_json(const Opened& opened);
core::Result<Opened> opened_from_json(const codec::Json& json);
codec::Json to_json(const Admitted& admitted);
core::Result<Admitted> admitted_from_json(const codec::Json& json);
codec::Json to_json(const Drawn& drawn);
core::Result<Drawn> drawn_from_json(const codec::Json& json);
codec::Json to_json(const Reference& reference);
core::Result<Reference> reference_from_json(const codec::Json& json);
codec::Json to_json(const Measured& measured);
core::Result<Measured> measured_from_json(const codec::Json& json);
codec::Json to_json(const Judged& judged);
core::Result<Judged> judged_from_json(const codec::Json& json);
codec::Json to_json(const Sealed& sealed);
core::Result<Sealed> sealed_from_json(const codec::Json& json);

}  // namespace noonmark::conduct
