#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/core/clock.h"
#include "crypto/hash/hash.h"
#include "net/http/message.h"

namespace noonmark::openai {

/// Answers that are kept for a while under the callers' Idempotency-Keys, so that a request that is sent twice is done
/// once. Owner: the API. Threads: any. Memory is bounded: the answers that were used longest ago go first.
class Replays {
 public:
  struct Limits {
    std::size_t answers = 1000;
    std::size_t bytes = std::size_t{64} << 20;
    core::Nanos time = std::chrono::minutes(10);
  };
  enum class Seen {
    never,    ///< Go on, and call finish() or forget().
    running,  ///< The same request is being answered.
    done,     ///< Here is its answer.
    another,  ///< The key was used for another request.
  };
  struct Found {
    Seen seen = Seen::never;
    std::optional<http::Response> answer = {};
  };

  /// `clock` must outlive it.
  explicit Replays(const core::Clock& clock) : Replays(clock, Limits{}) {}
  Replays(const core::Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}

  /// `key`: of one caller; `request`: digest of its path and body.
  Found begin(const std::string& key, const hash::Digest& request);
  /// Keeps the answer.
  void finish(const std::string& key, http::Response answer);
  /// It may be tried again.
  void forget(const std::string& key);

 private:
  struct Entry {
    hash::Digest request;
    std::optional<http::Response> answer;
    core::Nanos until{};
    std::list<std::string>::iterator place;  // in used_
  };
  using Entries = std::map<std::string, Entry>;
  static std::size_t size_of(const Entry& entry);
  void drop(Entries::iterator entry);
  void make_room();

  const core::Clock& clock_;
  const Limits limits_;
  std::mutex mutex_;
  Entries entries_;
  std::list<std::string> used_;  // keys, the one used longest ago first
  std::size_t bytes_ = 0;
};

}  // namespace noonmark::openai
