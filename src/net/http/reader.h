#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/core/result.h"
#include "net/http/message.h"

namespace noonmark::http {

/// What is wrong with a message, as the status that the other side should see.
struct Refusal {
  int status = 400;
  std::string message;
};

/// Reads one request from bytes as they arrive. Accepts HTTP/1.0 and 1.1 with Content-Length or chunked bodies; refuses
/// what could be read in two ways (both framings, two lengths, a space before a colon, control characters in fields, no
/// Host in HTTP/1.1). Threads: one at a time.
class RequestReader {
 public:
  explicit RequestReader(MessageLimits limits);
  ~RequestReader();
  RequestReader(RequestReader&&) noexcept;
  RequestReader& operator=(RequestReader&&) noexcept;

  /// Takes what it can use of `bytes` and returns how much that was; bytes that follow a complete request are left to
  /// the caller. Fails: never; look at refusal().
  std::size_t feed(std::string_view bytes);

  bool begun() const;  ///< at least one byte has been taken
  bool header_done()
      const;  ///< the head is complete; request() without its body may be looked at by expects_continue()
  bool done() const;
  const std::optional<Refusal>& refusal() const;
  /// The client waits for "100 Continue" before it sends the body.
  bool expects_continue() const;
  /// The complete request; the reader then waits for the next one. Requires done().
  Request take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads one response from bytes as they arrive, skipping interim 1xx ones. Threads: one at a time.
class ResponseReader {
 public:
  /// `head_request`: the answer to HEAD has no body whatever its header fields say.
  ResponseReader(MessageLimits limits, bool head_request);
  ~ResponseReader();
  ResponseReader(ResponseReader&&) noexcept;
  ResponseReader& operator=(ResponseReader&&) noexcept;

  /// As RequestReader::feed. Fails: corrupt (not HTTP), exhausted (over a limit).
  core::Result<std::size_t> feed(std::string_view bytes);
  /// The other side has closed; completes a body that is delimited by the end of the connection. Fails: corrupt when it
  /// was cut short.
  core::Result<void> finish();
  bool begun() const;
  bool header_done() const;
  bool done() const;
  int status() const;
  /// Requires header_done().
  const Headers& headers() const;
  /// Body bytes that have arrived since the last call, for streams; they no longer count against the body limit's
  /// memory.
  std::string take_body();
  Response take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace noonmark::http
