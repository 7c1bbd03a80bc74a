#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "base/core/clock.h"
#include "edge/tester/workload.h"
#include "net/server/http_server.h"
#include "net/signed/verifier.h"

namespace noonmark::tester {

struct DeskSettings {
  server::Endpoint endpoint;
  sign::AccountId account;            ///< the validator's hot key: whom testers sign their requests for
  std::set<sign::AccountId> testers;  ///< who may take work
  std::filesystem::path fence;        ///< see signed_http::Verifier; belongs to `account`
};

/// The validator's counter for testers, over HTTP; docs/testers.md has the protocol. It listens for the whole life of
/// the validator, and has work for testers while a workload is attached.
///
///     POST /tester/lease            Hello -> {"work": Work | null}
///     GET  /tester/contest          -> Brief
///     GET  /tester/package/DIGEST   packed package, in ranges
///     POST /tester/renew            {"lease": N}
///     PUT  /tester/blob/DIGEST?lease=N   a picture
///     POST /tester/result           {"lease": N, "findings": Findings}
///     GET  /tester/state            progress, time left, testers and their machines; for everybody, without any result
///
/// Every request but the last is signed (net/signed) by an account of `testers`.
/// Owner: the program. Threads: any; requests are served one after the other on a thread of its own.
class Desk {
 public:
  /// `clock` must outlive the desk. Fails: as HttpServer::start and Verifier::open.
  static core::Result<std::unique_ptr<Desk>> start(DeskSettings settings, core::Clock& clock);
  ~Desk();
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  std::uint16_t port() const { return server_->port(); }

  /// Gives out this work from now on; nullptr: none. The workload must live until another call has returned.
  void attach(Workload* workload);

 private:
  using Job = std::pair<http::Request, server::Responder>;

  Desk(std::unique_ptr<signed_http::Verifier> verifier, core::Clock& clock)
      : clock_(clock), verifier_(std::move(verifier)) {}
  void work(const std::stop_token& stop);
  http::Response serve(const http::Request& request);
  core::Result<http::Response> dispatch(const http::Request& request);

  core::Clock& clock_;
  const std::unique_ptr<signed_http::Verifier> verifier_;
  std::mutex workload_mutex_;
  Workload* workload_ = nullptr;  ///< guarded by workload_mutex_
  std::mutex jobs_mutex_;
  std::condition_variable_any jobs_changed_;
  std::deque<Job> jobs_;  ///< guarded by jobs_mutex_; bounded by the server's requests in flight
  std::unique_ptr<server::HttpServer> server_;
  std::jthread worker_;
};

}  // namespace noonmark::tester
