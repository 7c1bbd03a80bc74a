#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"
#include "contest/rules/calendar.h"
#include "crypto/hash/hash.h"
#include "trial/record/metric.h"
#include "trial/record/settings.h"

namespace noonmark::rules {

/// The device that the contest is about, and how much of it a package gets.
struct Device {
  std::string name;                   ///< For people: "one core of a cloud CPU".
  int cores = 1;                      ///< Cores that the package is pinned to.
  int threads = 1;                    ///< Threads that the runner may use for one request.
  std::int64_t memory_limit_mib = 0;  ///< Of the package's process group. A package above it is killed.
  bool operator==(const Device&) const = default;
};

/// How close to the baseline an entry has to stay. At least one floor is stated.
struct Fidelity {
  std::optional<double> mean_floor;     ///< Of the mean score over all outputs, 0..1.
  std::optional<double> minimum_floor;  ///< Of the worst output's score, 0..1.
  bool operator==(const Fidelity&) const = default;
};

/// Which scoring decides, by its name with version, and its margins.
struct VerdictPolicy {
  std::string policy = "noonmark-1";
  double dethrone_margin = 0.02;  ///< A challenger replaces the reigning winner only with a score better by this share.
  bool operator==(const VerdictPolicy&) const = default;
};

/// What packages are asked to make. The day's prompts and seeds come from the beacon; the examples are for miners.
struct Inputs {
  int count = 0;  ///< Requests per contest.
  int width = 0;  ///< Pixels of each image.
  int height = 0;
  std::vector<std::string> examples;  ///< Public prompts; never drawn.
  /// Either a template with {word} in it and the words' lists …
  std::string prompt_template;
  std::map<std::string, std::vector<std::string>> words;
  /// … or plain prompts.
  std::vector<std::string> prompts;
  bool operator==(const Inputs&) const = default;
};

/// What one package may take. Beyond it, the entry has failed.
struct Limits {
  std::chrono::milliseconds load{60'000};     ///< From start until the package answers.
  std::chrono::milliseconds request{60'000};  ///< One request.
  std::chrono::milliseconds entry{600'000};   ///< Everything about one entry.
  std::int64_t package_mib = 4096;            ///< All files together.
  int max_entries = 1000;                     ///< Of one contest; later ones are refused.
  bool operator==(const Limits&) const = default;
};

/// How the day's reward is divided among ranks: non-increasing shares, each above zero, together at most 1.
struct Payout {
  std::vector<double> shares = {1.0};
  bool operator==(const Payout&) const = default;
};

/// How entries reach a contest over a ledger.
struct Submission {
  std::chrono::seconds reveal{1800};  ///< From the cut-off until what a sealed entry holds must stand open.
  int max_per_coldkey = 0;            ///< Entries of one owner in a day; the earliest count. 0: no bound.
  bool operator==(const Submission&) const = default;
};

/// A contest's definition: everything that decides what is measured and who wins. Plain data, valid by construction
/// when it comes from one of the functions below. The format is api/contest.schema.json.
struct Contest {
  std::string id;                               ///< [a-z0-9-]{1,64}, begins with a letter.
  std::string title;                            ///< One line for people.
  std::string task;                             ///< "text-to-image", …
  std::string baseline;                         ///< Package directory, relative to the contest's file.
  std::optional<hash::Digest> baseline_digest;  ///< When stated, the baseline must have this content.
  Device device;
  std::map<record::Metric, double> weights;  ///< Each above zero; a metric without weight is left out.
  Fidelity fidelity;
  VerdictPolicy verdict;
  Inputs inputs;
  record::Settings measurement;
  Limits limits;
  Calendar calendar;
  Payout payout;
  Submission submission;
  bool operator==(const Contest&) const = default;
};

/// Whether `text` can be a contest's id.
bool is_contest_id(std::string_view text);

/// Fails: invalid, naming the member's path ("contest.metrics.energy: …") or the line of malformed TOML.
core::Result<Contest> parse_contest(std::string_view toml);

/// The same from JSON values; what to_json gives comes back equal.
core::Result<Contest> contest_from_json(const codec::Json& json);
/// Every member, defaults included, under the names that the TOML file has. `submission` alone is left out while it is
/// the default, so that contests from before there was one keep their digest.
codec::Json to_json(const Contest& contest);

/// Reads and parses a contest's file of at most 1 MiB: TOML, or JSON where its name ends in .json.
core::Result<Contest> load_contest(const std::filesystem::path& file);

/// Where the baseline of the contest in `file` lies.
std::filesystem::path baseline_path(const Contest& contest, const std::filesystem::path& file);

/// Names the definition: sha256 of the canonical JSON. Comments and layout of the file don't matter, values do.
hash::Digest digest_of(const Contest& contest);

}  // namespace noonmark::rules
