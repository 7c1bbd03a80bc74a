#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec/json.h"
#include "base/core/clock.h"
#include "base/core/result.h"

namespace noonmark::client {

/// JSON-RPC 2.0 to a node. Owner: the program. Threads: one at a time.
/// Fails: unavailable and timeout (the road, or an answer that is none; trying again may help), denied (the pool
/// refuses a transaction: the reason in words), invalid (any other error that the node reports).
class Rpc {
 public:
  virtual ~Rpc() = default;
  virtual core::Result<codec::Json> call(std::string_view method, codec::Json::Array parameters) = 0;
};

/// Over HTTP POST, to the first of several endpoints that answers; stays with it while it does.
class HttpRpc final : public Rpc {
 public:
  struct Settings {
    std::vector<std::string> urls;  ///< "http://127.0.0.1:9944", "https://…"; wss:// and ws:// stand for the same port
    core::Nanos time = std::chrono::seconds(30);         ///< of one call
    int rounds = 3;                                      ///< tries of every endpoint before giving up
    core::Nanos pause = std::chrono::milliseconds(200);  ///< before the second round, doubled each time
  };
  /// Fails: invalid when there is no URL, or one of another scheme.
  static core::Result<std::unique_ptr<HttpRpc>> open(Settings settings, core::Clock& clock);
  ~HttpRpc() override;

  core::Result<codec::Json> call(std::string_view method, codec::Json::Array parameters) override;

 private:
  struct State;
  explicit HttpRpc(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The result in an answer, or the error that it reports; corrupt when it is no answer. Pure; `answer` is foreign.
core::Result<codec::Json> result_of(const codec::Json& answer);

}  // namespace noonmark::client
