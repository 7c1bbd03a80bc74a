#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "crypto/sign/account.h"
#include "crypto/sign/sr25519.h"
#include "serving/job/job.h"

namespace noonmark::link {

/// The worker's end of one job. Threads: any, one at a time per job. Fails: never; cancelled() says that it is in vain.
class Answer {
 public:
  virtual ~Answer() = default;
  virtual void head(int status, std::string_view content_type) = 0;
  /// Waits while the gateway has no room for more. False: nobody wants the rest; stop working on it.
  virtual bool piece(std::string_view bytes) = 0;
  /// Once. `receipt`: signed by the worker about a whole answer; may be empty. Without it, when the last handle goes,
  /// the job ends as `unable`.
  virtual void end(const job::Failure* failure, std::string_view receipt) = 0;
  void end(const job::Failure* failure) { end(failure, {}); }
  /// The caller has gone, time is over or the link broke.
  virtual bool cancelled() const = 0;
};

struct UplinkSettings {
  std::string url;                         ///< http://HOST:PORT or ws://HOST:PORT of the gateway
  std::optional<sign::AccountId> gateway;  ///< who must answer there; nothing: whoever does
  job::Limits limits;
  core::Nanos patience = std::chrono::seconds(10);      ///< to connect and to shake hands
  core::Nanos longest_pause = std::chrono::minutes(1);  ///< between two attempts; begins with a second, doubles
};

/// The worker's connection to a gateway: goes out, so that it works from behind NAT, and is made anew when it breaks.
/// Owner: the worker. Threads: run() on one, offer() and drain() on any.
class Uplink {
 public:
  /// Must not block for long: hand the job to another thread.
  using OnJob = std::function<void(job::Job, std::shared_ptr<Answer>)>;
  using OnNote = std::function<void(std::string_view)>;  ///< for the log: connected, lost, refused …
  /// What the gateway would like to be served; the newest list counts. Must not block. Empty: passed over.
  using OnWishes = std::function<void(std::vector<job::Wish>)>;

  /// `clock` and `key` must outlive it.
  Uplink(UplinkSettings settings, const sign::Sr25519Pair& key, core::Clock& clock, OnJob on_job, OnNote on_note,
         OnWishes on_wishes = {});
  ~Uplink();
  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;

  /// What is served from now on; told again after each new connection.
  void offer(std::vector<job::Offer> offers);
  /// Connects, and again when the connection breaks, until `stop`; then offers nothing, lets jobs in flight end for at
  /// most `drain`, and closes. Fails: denied (the gateway doesn't take this key, or isn't who it should be), invalid
  /// (URL).
  core::Result<void> run(const std::atomic<bool>& stop, core::Nanos drain);

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with answers, which may outlive the uplink by a moment
};

}  // namespace noonmark::link
