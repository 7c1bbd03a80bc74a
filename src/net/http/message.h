#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace noonmark::http {

struct Header {
  std::string name, value;
};

/// Header fields in the order of arrival; names compare without case. A repeated name keeps all its fields.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> fields) : fields_(fields) {}

  void add(std::string name, std::string value) { fields_.push_back({std::move(name), std::move(value)}); }
  /// Removes every field of this name, then adds one.
  void set(std::string_view name, std::string value);
  /// The first field of this name.
  std::optional<std::string_view> find(std::string_view name) const;
  /// True when a field of this name holds `token` in its comma-separated list (for Connection, Accept-Encoding …).
  bool has_token(std::string_view name, std::string_view token) const;
  const std::vector<Header>& fields() const { return fields_; }

 private:
  std::vector<Header> fields_;
};

struct Request {
  std::string method = "GET";
  std::string target = "/";  // as sent: path and query, not decoded
  Headers headers;
  std::string body;  // decoded from chunks; any bytes
  bool keep_alive = true;
  int minor_version = 1;  // of HTTP/1; set by the reader

  /// The target up to `?`.
  std::string_view path() const;
  /// What follows `?`, or empty.
  std::string_view query() const;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  bool keep_alive = true;
};

/// How much of a message the reader accepts. What is beyond ends the message with an error, never with memory.
struct MessageLimits {
  std::uint32_t header_bytes = 16 * 1024;
  std::uint64_t body_bytes = 1024 * 1024;
};

/// "Not Found" for 404; "Status 599" is spelt for a number that has no name.
std::string_view reason_phrase(int status);

bool equal_ignoring_case(std::string_view a, std::string_view b);

/// A header field that cannot smuggle another one: a token for a name, no control characters in the value (RFC 9110
/// §5).
bool is_safe_field(std::string_view name, std::string_view value);

/// The head of a message with its empty line, as one string, ready for one write. `Content-Length`, `Transfer-Encoding`
/// and `Connection` come from the arguments; fields of these names in `headers` and fields that are not safe are left
/// out.
struct Framing {
  enum class Kind { none, length, chunked } kind = Kind::none;
  std::uint64_t length = 0;
};
std::string write_request_head(const Request& request, std::string_view host);
std::string write_response_head(int status, const Headers& headers, Framing framing, bool keep_alive,
                                std::string_view date = {});

/// One chunk with its size line. `piece` must not be empty: an empty chunk would end the message.
std::string write_chunk(std::string_view piece);
constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// An error in the shape of OpenAI's API: {"error":{"message","type","param","code"}}, with Content-Type set.
Response error_response(int status, std::string_view message, std::string_view code = {});

}  // namespace noonmark::http
