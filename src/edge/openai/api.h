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
#include "edge/jobs/courier.h"
#include "edge/openai/keys.h"
#include "edge/openai/order.h"
#include "net/http/message.h"
#include "net/server/http_server.h"
#include "serving/router/router.h"

namespace noonmark::openai {

namespace internal {
struct Asked;
struct Desk;
}  // namespace internal

struct Settings {
  core::Nanos request_time = std::chrono::minutes(2);  ///< from a request's arrival to the end of its answer
  core::Nanos job_time = std::chrono::minutes(10);     ///< the same where nobody waits for it
  std::int64_t price_per_unit = 0;                     ///< 0 to kMostPerUnit
  /// Of a package to its baseline, as the verdict measured it; nothing where nobody knows. Threads: any.
  std::function<std::optional<double>(const std::string& package)> fidelity = {};
  /// Brings what became of a job to its webhook; nothing: webhooks are refused. Threads: any; must not block, and must
  /// outlive the router.
  std::function<void(jobs::Letter)> deliver = {};
  bool plain_webhooks = false;  ///< http:// too
};

inline constexpr std::int64_t kMostPerUnit = 100'000'000;

/// The gateway's API: work for workers, at once or later; quotes, models, health, figures. JSON ends here: what goes to
/// a worker was read with all limits and written anew; what comes back is passed on as it is. Owner: the gateway.
/// Threads: any; answer() never blocks.
class Api {
 public:
  /// `keys`: who may ask; null: everybody, as "local". `kinds`: what becomes work; `pages`: what else is told. All must
  /// outlive it and the server whose requests it answers.
  Api(const core::Clock& clock, router::Router& router, KeyRing* keys, std::function<std::size_t()> workers,
      std::vector<Kind> kinds, std::vector<Page> pages = {}, Settings settings = {});
  ~Api();

  void answer(http::Request request, server::Responder responder);
  /// All that is answered, as "GET /v1/models/*".
  std::vector<std::string> addresses() const;
  /// From now on nothing new is begun: 503, also for /readyz. What has begun is answered.
  void drain() { draining_ = true; }
  /// Cancels jobs whose callers have hung up. To be called about once a second.
  void sweep();

 private:
  using AskedPtr = std::shared_ptr<internal::Asked>;  // shared with the sink of its job
  struct Question {
    const AskedPtr& asked;
    const http::Request& request;
    std::string_view name;  // what stands for the '*' of the address
  };
  struct Address {
    std::string_view method, path;
    std::function<void(const Question&)> call;
    bool open = false;
  };
  std::vector<Address> make_addresses();

  bool admit(const AskedPtr& asked, const http::Request& request);
  bool may_begin(const Question& question);
  bool is_replayed(const AskedPtr& asked, const http::Request& request);
  void take(const Question& question, const Kind& kind);
  struct Choice {
    std::string model, package;  // package: empty, any
  };
  struct Prepared {
    Order order;
    Choice choice;
    std::string body;
  };
  std::optional<Prepared> prepare(const AskedPtr& asked, const http::Request& request, const Kind& kind);
  void submit(const AskedPtr& asked, Prepared prepared, const job::JobId& id, core::Nanos time);
  std::optional<Choice> choose_model(const AskedPtr& asked, const http::Request& request, const std::string& wanted,
                                     const Kind& kind);
  std::optional<std::string> choose_package(const AskedPtr& asked, const http::Request& request,
                                            const router::Model& model, const std::string& pinned);
  codec::Json describe(const router::Model& model) const;
  void page(const Question& question, const Page& page);
  void models(const Question& question);
  void model(const Question& question);
  void live(const Question& question);
  void ready(const Question& question);
  void figures(const Question& question);

  struct Wrapped {  // a request inside another one
    http::Request request;
    const Kind* kind = nullptr;
    std::string webhook;
  };
  std::optional<Wrapped> unwrap(const Question& question, bool with_webhook);
  void quote(const Question& question);
  void begin_job(const Question& question);
  void show_job(const Question& question);
  void drop_job(const Question& question);

  const core::Clock& clock_;
  router::Router& router_;
  const std::vector<Kind> kinds_;
  const std::vector<Page> pages_;
  KeyRing* keys_;
  const std::function<std::size_t()> workers_;
  const Settings settings_;
  const std::int64_t started_;
  std::atomic<bool> draining_{false};
  const std::vector<Address> addresses_;
  std::shared_ptr<internal::Desk> desk_;  // shared with the sinks of jobs in flight
};

}  // namespace noonmark::openai
