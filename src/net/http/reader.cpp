#include "net/http/reader.h"

#include <string>
#include <utility>

#include "base/core/check.h"
#include "net/http/internal/beast_parser.h"

namespace noonmark::http {
namespace {

namespace beast_http = boost::beast::http;

// Beast leaves a start line, a field line or a chunk's size line in the caller's buffer until it is whole. A line of a
// chunk has no limit of Beast's own, so a buffer from which nothing can be taken ends the message at this size.
constexpr std::size_t kLongestChunkLine = 4096;

// "0\r\n\r\n". Beast 1.81 ends the process by assertion when an empty chunked body arrives in smaller pieces than this.
constexpr std::size_t kShortestChunkedBody = 5;

Refusal refusal_for(const boost::system::error_code& code) {
  if (code == beast_http::error::header_limit)
    return {431, "the request's header fields are longer than this server accepts"};
  if (code == beast_http::error::body_limit) return {413, "the request's body is longer than this server accepts"};
  if (code == beast_http::error::bad_version) return {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  return {400, "this is not an HTTP request that can be read in one way only: " + code.message()};
}

template <class Message>
Headers copy_headers(const Message& message) {
  Headers headers;
  for (const auto& field : message) {
    headers.add(std::string(field.name_string()), std::string(field.value()));
  }
  return headers;
}

// Beast's parser is used up by one message, so a reader makes a new one for each.
template <bool is_request>
struct ParserSlot {
  using Parser = beast_http::parser<is_request, beast_http::string_body>;

  void renew(const MessageLimits& limits) {
    parser.emplace();
    // Stops behind the head, so that the head is looked at before anything of the body is.
    parser->eager(false);
    parser->header_limit(limits.header_bytes);
    parser->body_limit(limits.body_bytes);
    begun = head_taken = body_begun = false;
  }

  // Feeds until nothing more is taken, or up to the end of the head. A chunk's header yields no body byte and still
  // counts as progress.
  std::size_t feed(std::string_view bytes, boost::system::error_code& code) {
    std::size_t taken = 0;
    begun = begun || !bytes.empty();
    while (taken < bytes.size() && !parser->is_done()) {
      const std::string_view rest = bytes.substr(taken);
      if (head_taken && !body_begun && parser->chunked() && rest.size() < kShortestChunkedBody) break;
      const std::size_t used = parser->put(boost::asio::const_buffer(rest.data(), rest.size()), code);
      taken += used;
      body_begun = body_begun || (head_taken && used > 0);
      if (code == beast_http::error::need_more) code = {};
      if (code || used == 0 || (parser->is_header_done() && !head_taken)) break;
    }
    return taken;
  }

  // Beast puts trailer fields, which come after a chunked body, among those of the head; whoever looks for a field
  // would believe them. So the head's own are kept apart.
  void take_head() {
    head_taken = true;
    headers = copy_headers(parser->get());
    keep_alive = parser->keep_alive();
    parser->eager(true);
  }

  std::optional<Parser> parser;
  bool begun = false;
  bool head_taken = false;
  bool body_begun = false;
  Headers headers;
  bool keep_alive = false;
};

}  // namespace

struct RequestReader::State : ParserSlot<true> {
  MessageLimits limits;
  std::optional<Refusal> refusal;

  // What Beast lets through although two readers could disagree about it.
  void check_header() {
    take_head();
    const auto& message = parser->get();
    const bool has_transfer_encoding = message.find(beast_http::field::transfer_encoding) != message.end();
    if (has_transfer_encoding && !parser->chunked()) {
      refusal = Refusal{501, "the only Transfer-Encoding understood here is chunked"};
      return;
    }
    if (has_transfer_encoding && message.version() < 11) {
      refusal = Refusal{400, "Transfer-Encoding needs HTTP/1.1"};
      return;
    }
    if (message.count(beast_http::field::host) > 1 ||
        (message.version() >= 11 && message.count(beast_http::field::host) == 0)) {
      refusal = Refusal{400, "a request needs exactly one Host header field"};
    }
  }
};

RequestReader::RequestReader(MessageLimits limits) : state_(std::make_unique<State>()) {
  state_->limits = limits;
  state_->renew(limits);
}
RequestReader::~RequestReader() = default;
RequestReader::RequestReader(RequestReader&&) noexcept = default;
RequestReader& RequestReader::operator=(RequestReader&&) noexcept = default;

std::size_t RequestReader::feed(std::string_view bytes) {
  State& state = *state_;
  std::size_t taken = 0;
  while (!state.refusal && !state.parser->is_done()) {
    boost::system::error_code code;
    const std::string_view rest = bytes.substr(taken);
    const std::size_t used = state.feed(rest, code);
    taken += used;
    if (code) {
      state.refusal = refusal_for(code);
    } else if (state.parser->is_header_done() && !state.head_taken) {
      state.check_header();
      if (taken < bytes.size()) continue;
    } else if (used == 0 && state.parser->is_header_done() && rest.size() > kLongestChunkLine) {
      state.refusal = Refusal{400, "the size line of a chunk is too long"};
    }
    break;
  }
  return taken;
}

bool RequestReader::begun() const { return state_->begun; }
bool RequestReader::header_done() const { return state_->parser->is_header_done(); }
bool RequestReader::done() const { return !state_->refusal && state_->parser->is_done(); }
const std::optional<Refusal>& RequestReader::refusal() const { return state_->refusal; }

bool RequestReader::expects_continue() const {
  if (!header_done() || done() || state_->refusal) return false;
  const auto& message = state_->parser->get();
  return message.version() >= 11 && equal_ignoring_case(std::string_view(message[beast_http::field::expect].data(),
                                                                         message[beast_http::field::expect].size()),
                                                        "100-continue");
}

Request RequestReader::take() {
  CHECK(done(), "take() of a request that is not complete");
  auto message = state_->parser->release();
  Request request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.headers = std::move(state_->headers);
  request.keep_alive = state_->keep_alive;
  request.minor_version = static_cast<int>(message.version() % 10);
  request.body = std::move(message.body());
  state_->renew(state_->limits);
  return request;
}

struct ResponseReader::State : ParserSlot<false> {
  MessageLimits limits;
  bool head_request = false;

  void renew_for_message() {
    const bool was_begun = begun;
    renew(limits);
    parser->skip(head_request);
    begun = was_begun;
  }
};

ResponseReader::ResponseReader(MessageLimits limits, bool head_request) : state_(std::make_unique<State>()) {
  state_->limits = limits;
  state_->head_request = head_request;
  state_->renew_for_message();
}
ResponseReader::~ResponseReader() = default;
ResponseReader::ResponseReader(ResponseReader&&) noexcept = default;
ResponseReader& ResponseReader::operator=(ResponseReader&&) noexcept = default;

core::Result<std::size_t> ResponseReader::feed(std::string_view bytes) {
  State& state = *state_;
  std::size_t taken = 0;
  while (taken < bytes.size() && !done()) {
    boost::system::error_code code;
    const std::string_view rest = bytes.substr(taken);
    const std::size_t used = state.feed(rest, code);
    taken += used;
    if (code == beast_http::error::header_limit || code == beast_http::error::body_limit) {
      return core::exhausted("the response is longer than its limit");
    }
    if (code) return core::corrupt("the response is not HTTP/1.1: " + code.message());
    if (state.parser->is_header_done() && !state.head_taken) {
      state.take_head();
      const auto& message = state.parser->get();
      if (message.find(beast_http::field::transfer_encoding) != message.end() && !state.parser->chunked()) {
        return core::corrupt("the response has a Transfer-Encoding other than chunked");
      }
      // 1xx announces the response that follows; 101 would be another protocol, which nobody asked for.
      if (state.parser->is_done() && message.result_int() / 100 == 1) {
        if (message.result_int() == 101)
          return core::corrupt("the response switches to a protocol that was not asked for");
        state.renew_for_message();
      }
      continue;
    }
    if (used == 0) {
      if (state.parser->is_header_done() && rest.size() > kLongestChunkLine) {
        return core::corrupt("the size line of a chunk is too long");
      }
      break;
    }
  }
  return taken;
}

core::Result<void> ResponseReader::finish() {
  State& state = *state_;
  if (done()) return {};
  if (!state.begun) return core::unavailable("the connection was closed before a response began");
  // Beast insists (by assertion) that something has come; after an interim answer nothing may have.
  if (!state.parser->got_some()) return core::corrupt("the connection was closed after an interim response");
  boost::system::error_code code;
  state.parser->put_eof(code);
  if (code || !state.parser->is_done()) return core::corrupt("the connection was closed in the middle of a response");
  return {};
}

bool ResponseReader::begun() const { return state_->begun; }
bool ResponseReader::header_done() const { return state_->parser->is_header_done(); }
bool ResponseReader::done() const { return state_->parser->is_done(); }
int ResponseReader::status() const { return static_cast<int>(state_->parser->get().result_int()); }

const Headers& ResponseReader::headers() const {
  CHECK(state_->head_taken, "headers() of a response whose head is not complete");
  return state_->headers;
}

std::string ResponseReader::take_body() { return std::exchange(state_->parser->get().body(), std::string()); }

Response ResponseReader::take() {
  CHECK(done(), "take() of a response that is not complete");
  auto message = state_->parser->release();
  Response response;
  response.status = static_cast<int>(message.result_int());
  response.headers = std::move(state_->headers);
  response.keep_alive = state_->keep_alive;
  response.body = std::move(message.body());
  state_->begun = false;
  state_->renew_for_message();
  return response;
}

}  // namespace noonmark::http
