#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/core/clock.h"
#include "base/telemetry/log.h"

namespace noonmark::jobs {

/// A message for a caller's server.
struct Letter {
  std::string url;
  std::string id;      ///< the same in every try
  std::string secret;  ///< "whsec_" and the base64 of a key; signs it
  std::string body;    ///< JSON
};

/// "v1," and the base64 of the HMAC-SHA256 over "ID.SECONDS.BODY" (standardwebhooks.com).
std::string signature_of(const Letter& letter, std::int64_t seconds);

/// Brings letters to addresses that strangers give: by POST, over https to public addresses only (whatever the name
/// resolves to at that moment), without redirections, each try bounded; again after a while where it fails. What can't
/// be delivered, or is too much to keep, is logged and forgotten.
/// Owner: the gateway. Threads: post() on any; has some of its own.
class Courier {
 public:
  struct Settings {
    int tries = 5;
    core::Nanos pause = std::chrono::seconds(2);  ///< before the second try, four times as long before each later one
    core::Nanos time = std::chrono::seconds(10);  ///< for one try
    std::size_t letters = 1000;                   ///< that wait
    std::size_t bytes = std::size_t{64} << 20;    ///< of them
    int threads = 4;                              ///< tries at once
    bool anywhere = false;                        ///< http and private addresses too: for tests
  };
  /// `clock` and `log` must outlive it.
  Courier(core::Clock& clock, const telemetry::Log& log, Settings settings);
  /// What hasn't been delivered is forgotten.
  ~Courier();

  void post(Letter letter);
  /// That have not been delivered yet, nor given up.
  std::size_t waiting() const;

 private:
  struct Due {
    Letter letter;
    int tried = 0;
  };
  void work();
  void deliver(Due due);
  void end(const Letter& letter);

  core::Clock& clock_;
  const telemetry::Log& log_;
  const Settings settings_;
  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::multimap<core::Nanos, Due> due_;  // by the time of the next try
  std::size_t letters_ = 0, bytes_ = 0;  // waiting, or being tried
  std::atomic<bool> stop_{false};
  std::vector<std::jthread> threads_;  // the last member: they use all the others
};

}  // namespace noonmark::jobs
