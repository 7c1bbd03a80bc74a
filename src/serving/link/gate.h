#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/core/clock.h"
#include "crypto/sign/account.h"
#include "crypto/sign/sr25519.h"
#include "net/http/message.h"
#include "net/server/http_server.h"
#include "serving/job/job.h"

namespace noonmark::link {

/// Where workers connect to on a gateway.
inline constexpr std::string_view kWorkersPath = "/v1/workers";

/// The gateway's handle on one connected worker. Shared by the link and whoever routes. Threads: any. Fails: never; a
/// job that can't be sent ends as `lost`.
class Port {
 public:
  virtual ~Port() = default;
  virtual const sign::AccountId& worker() const = 0;
  /// What it offers now; empty while it drains.
  virtual std::vector<job::Offer> offers() const = 0;
  /// Sends a job; the answer goes to `sink`, whose on_end comes in any case, also when the link breaks (lost).
  /// May call it before this returns. Never blocks.
  virtual void start(const job::Job& job, std::shared_ptr<job::Sink> sink) = 0;
  /// Tells the worker what it is to serve. Never blocks.
  virtual void wish(const std::vector<job::Wish>& wishes) = 0;
  /// The answer isn't wanted any more: its sink ends with `cancelled` at once, and the worker stops soon.
  virtual void cancel(const job::JobId& job) = 0;
};

struct GateSettings {
  job::Limits limits;
  core::Nanos handshake = std::chrono::seconds(10);  ///< from the upgrade until the worker has proved its key
  std::size_t workers = 10'000;
};

/// What happens at the gate. Called from the server's threads: must not block.
struct GateHandlers {
  /// Whether this key may serve here.
  std::function<bool(const sign::AccountId&)> may_serve;
  /// The worker has come, or offers something else now.
  std::function<void(const std::shared_ptr<Port>&)> on_offers;
  /// The last call for a port that has come: it is gone.
  std::function<void(const std::shared_ptr<Port>&)> on_gone;
};

/// The gateway's end of all workers' connections. Owner: the gateway. Threads: any. Must outlive the HTTP server whose
/// requests it is given.
class Gate {
 public:
  /// `key` and `clock` must outlive it.
  Gate(const sign::Sr25519Pair& key, const core::Clock& clock, GateSettings settings, GateHandlers handlers);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Answers a request for kWorkersPath: turns it into a worker's connection, or says what is wrong with it.
  void accept(const http::Request& request, server::Responder responder);
  std::size_t workers() const;

 private:
  struct State;
  class Connection;
  std::shared_ptr<State> state_;  // shared with connections, which may outlive the gate by a moment
};

}  // namespace noonmark::link
