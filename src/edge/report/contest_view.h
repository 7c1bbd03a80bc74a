#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/core/bytes.h"
#include "contest/rules/contest.h"
#include "contest/verdict/verdict.h"
#include "crypto/hash/hash.h"
#include "trial/record/fidelity_report.h"
#include "trial/record/machine.h"
#include "trial/record/measurement.h"

namespace noonmark::report {

/// What packages were asked for, as the reader should see it.
struct RequestView {
  std::string prompt;
  std::uint64_t seed = 0;
};

/// A package's pictures as PNG files, by request; an empty one is a picture that isn't there.
using PngFiles = std::vector<core::Bytes>;

/// One entry as the page tells it.
struct EntryView {
  verdict::EntryVerdict verdict = {};
  std::string title = {};                               ///< What the page calls it; the verdict's name where empty.
  std::string description = {};                         ///< In the package author's words; may be empty.
  std::optional<record::Measurement> measurement = {};  ///< Raw samples, where something was measured.
  std::optional<record::FidelityReport> fidelity = {};  ///< Per picture, where something was compared.
  PngFiles pictures = {};
};

/// The baseline, entry zero.
struct BaselineView {
  record::EntryFacts facts = {};
  std::string description = {};
  PngFiles pictures = {};
};

/// One link of the chain of records.
struct RecordView {
  std::string kind;
  hash::Digest digest;
};

/// Another machine that measured and judged entries for the validator.
struct TesterView {
  std::string account;
  record::Machine machine;
  std::vector<std::string> entries;  ///< Names of what it measured.
};

/// Everything that the page of one finished contest shows. Plain data, filled by whoever has the records; every text
/// may come from strangers.
struct ContestView {
  rules::Contest contest = {};
  hash::Digest contest_digest = {};
  std::string program = {};       ///< "noonmark 0.1.0"
  std::int64_t opened_at_ns = 0;  ///< Unix time; 0 = unknown
  std::int64_t sealed_at_ns = 0;
  std::string beacon_source = {};          ///< Where the day's requests come from, in words.
  record::Machine machine = {};            ///< The validator's.
  std::vector<TesterView> testers = {};    ///< Empty when the validator measured by itself.
  std::vector<std::string> warnings = {};  ///< About machine and wall, e.g. that memory could not be limited.
  std::vector<RequestView> requests = {};  ///< In the order of each PngFiles.
  BaselineView baseline = {};
  std::vector<EntryView> entries = {};  ///< In the verdict's order, best rank first.
  std::string winner = {};              ///< Name, or empty: the baseline stands.
  bool incumbent_stays = false;
  std::vector<RecordView> records = {};  ///< In the order of the stages.
  std::string record_file = {};          ///< Where the final record lies, as the reader should type it.
  std::string signer = {};               ///< Public key in hex that signed the records, or empty.
};

}  // namespace noonmark::report
