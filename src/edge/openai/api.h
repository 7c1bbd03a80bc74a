#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/codec/json.h"
#include "base/core/clock.h"
#include "edge/openai/keys.h"
#include "edge/openai/metrics.h"
#include "edge/openai/order.h"
#include "edge/openai/replays.h"
#include "net/http/message.h"
#include "net/server/http_server.h"
#include "serving/router/router.h"

namespace noonmark::openai {

struct Settings {
  core::Nanos request_time = std::chrono::minutes(2);  ///< from a request's arrival to the end of its answer
  /// Of a package to its baseline, as the verdict measured it; nothing where nobody knows. Threads: any.
  std::function<std::optional<double>(const std::string& package)> fidelity = {};
};

/// The gateway's API: work for workers, models, health, figures. JSON ends here: what goes to a worker was
/// read with all limits and written anew; what comes back is passed on as it is.
/// Owner: the gateway. Threads: any; answer() never blocks.
class Api {
 public:
  /// `keys`: who may ask; null: everybody, as "local". `kinds`: what becomes work; `pages`: what else is told. All must
  /// outlive it and the server whose requests it answers.
  Api(const core::Clock& clock, router::Router& router, KeyRing* keys, std::function<std::size_t()> workers,
      std::vector<Kind> kinds, std::vector<Page> pages = {}, Settings settings = {});
  ~Api();

  void answer(http::Request request, server::Responder responder);
  /// From now on nothing new is begun: 503, also for /readyz. What has begun is answered.
  void drain() { draining_ = true; }
  /// Cancels jobs whose callers have hung up. To be called about once a second.
  void sweep();

 private:
  struct Asked;
  struct Desk;
  using AskedPtr = std::shared_ptr<Asked>;  // shared with the sink of its job
  using Method = void (Api::*)(const AskedPtr&, const http::Request&);
  struct Route {  // all by GET
    std::string_view path;
    Method call;
    bool guarded;
  };
  static const std::vector<Route>& routes();

  bool admit(const AskedPtr& asked, const http::Request& request);
  bool expect_method(const AskedPtr& asked, const http::Request& request, std::string_view method);
  bool is_replayed(const AskedPtr& asked, const http::Request& request);
  void take(const AskedPtr& asked, const http::Request& request, const Kind& kind);
  struct Choice {
    std::string model, package;  // package: empty, any
  };
  std::optional<Choice> choose_model(const AskedPtr& asked, const http::Request& request, const std::string& wanted,
                                     const Kind& kind);
  std::optional<std::string> choose_package(const AskedPtr& asked, const http::Request& request,
                                            const router::Model& model, const std::string& pinned);
  codec::Json describe(const router::Model& model) const;
  void models(const AskedPtr& asked, const http::Request& request);
  void model(const AskedPtr& asked, const http::Request& request);
  void live(const AskedPtr& asked, const http::Request& request);
  void ready(const AskedPtr& asked, const http::Request& request);
  void figures(const AskedPtr& asked, const http::Request& request);

  const core::Clock& clock_;
  router::Router& router_;
  const std::vector<Kind> kinds_;
  const std::vector<Page> pages_;
  KeyRing* keys_;
  const std::function<std::size_t()> workers_;
  const Settings settings_;
  const std::int64_t started_;
  std::atomic<bool> draining_{false};
  std::shared_ptr<Desk> desk_;  // shared with the sinks of jobs in flight
};

}  // namespace noonmark::openai
