#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "contest/conduct/collaborators.h"
#include "contest/conduct/journal.h"
#include "contest/conduct/state.h"
#include "contest/rules/contest.h"
#include "crypto/sign/sign.h"

namespace noonmark::conduct {

/// A contest to be held.
struct Request {
  rules::Contest contest;
  std::filesystem::path baseline;
  std::vector<std::filesystem::path> entries;  ///< In order of arrival.
  core::UnixNanos cut_off{};
  std::optional<hash::Digest> reigning;  ///< Content of the winner so far.
};

/// Everything that conducting works with. All borrowed; must outlive the conductor.
struct Collaborators {
  Journal& journal;
  Trial& trial;
  Beacon& beacon;
  core::Clock& clock;
  const sign::SecretKey& key;
  std::string program;  ///< "noonmark 0.1.0", for the record.
};

/// What is being done; told before each step, and after the last one.
struct Progress {
  std::optional<Step> step;  ///< Nothing when the contest is sealed.
  std::string entry;         ///< Name of the entry that the step is about, or empty.
  std::size_t records = 0;   ///< Written so far.
  std::size_t expected = 0;  ///< Records that there will be, judging from what is known.
};
using OnProgress = std::function<void(const Progress&)>;

/// Takes a contest from stage to stage. Each stage ends with one signed record, written before the next stage starts;
/// what is written is never done again. So a process killed at any moment goes on from the last record, with the same
/// inputs, the same measurements and the same verdict; what was half done is done again.
///
/// Owner:   the program.
/// Threads: one. Several processes may conduct the same run; the first to write a record wins, the others get conflict.
/// Fails:   what the journal and the trial say; the run can be taken up again by proceed().
class Conductor {
 public:
  explicit Conductor(const Collaborators& with) : with_(with) {}

  /// Opens the contest: its first record.
  core::Result<RunId> begin(const Request& request);

  /// The newest unsealed run of the same contest, baseline and entries; nothing when there is none.
  core::Result<std::optional<RunId>> find_unfinished(const Request& request);

  /// Does everything that is left until the contest is sealed, and returns the final record: see final_text().
  core::Result<std::string> proceed(const RunId& run, const OnProgress& on_progress = {});

 private:
  record::SealedRecord seal(const State& state, Stage stage, codec::Json body);
  core::Result<codec::Json> perform(const RunSummary& run, const State& state, const Step& step);
  Collaborators with_;
};

/// The state that `records` lead to. Fails: corrupt, naming record and member.
core::Result<State> state_of(const std::vector<record::SealedRecord>& records);

/// The final record: all records of a contest in one canonical JSON document, {"format":1,"records":[…]}.
std::string final_text(const std::vector<record::SealedRecord>& records);

}  // namespace noonmark::conduct
