#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/clock.h"
#include "crypto/sign/account.h"
#include "serving/job/job.h"

namespace noonmark::rollout {

/// When a new package replaces the one that serves, and when it doesn't.
struct Rules {
  double canaries = 0.1;  ///< of a model's workers try the new package first; at least one
  int enough = 20;        ///< jobs done well are enough to roll out
  int too_many = 3;       ///< failures that are more than `share` of its jobs roll it back
  double share = 0.1;
  core::Nanos quiet = std::chrono::minutes(2);      ///< or so long served without a failure
  core::Nanos patience = std::chrono::minutes(30);  ///< no canary has served it for so long: rolled back
};

/// What became of a candidate.
struct Decision {
  job::Wish wish;
  bool rolled_out = true;
  std::string why;
};

/// Which worker is to serve which package while packages change under load: a model's first package goes to all; a
/// later one to a few canaries, and to all once it has proved itself there, or to none. Pure but for what it remembers:
/// no clock, no I/O, the same calls give the same answers. Owner: the gateway. Threads: one at a time.
class Rollout {
 public:
  explicit Rollout(Rules rules = {}) : rules_(rules) {}

  /// What is to be served from now on. Models that are missing are served no more. A package that was rolled back stays
  /// so until the wish for the model changes.
  void want(const std::vector<job::Wish>& wishes, core::Nanos now);
  /// The workers that there are.
  void joined(const sign::AccountId& worker);
  void left(const sign::AccountId& worker);
  /// A worker offers the package.
  void offered(const std::string& model, const std::string& package, core::Nanos now);
  /// A job that it did well, or failed at.
  void note(const std::string& model, const std::string& package, bool well);
  /// Looks at all candidates. What was decided is in force at once.
  std::vector<Decision> decide(core::Nanos now);
  /// What this worker is to serve, by model.
  std::vector<job::Wish> wishes_for(const sign::AccountId& worker) const;

 private:
  struct Line {
    job::Wish stable;
    std::optional<job::Wish> candidate;
    std::set<sign::AccountId> canaries;
    core::Nanos since{};                 // the candidate was wanted
    std::optional<core::Nanos> serving;  // since the first canary offered it
    int good = 0, bad = 0;
    std::string rejected;  // package that was rolled back
  };
  void choose_canaries(Line& line) const;
  std::optional<Decision> judge(const Line& line, core::Nanos now) const;

  const Rules rules_;
  std::map<std::string, Line> lines_;  // by model
  std::set<sign::AccountId> workers_;
};

}  // namespace noonmark::rollout
