#pragma once

#include <string>
#include <string_view>

#include "base/core/result.h"
#include "net/http/message.h"

namespace noonmark::websocket {

/// The request wants to become a WebSocket (RFC 6455 §4.2.1: Upgrade and Connection say so).
bool wants_upgrade(const http::Request& request);

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key: base64(SHA-1(key + the protocol's GUID)), RFC 6455 §4.2.2.
std::string accept_key(std::string_view key);

/// The head of the answer 101 with its empty line. No subprotocol and no extension is chosen.
/// Fails: invalid (not GET, not HTTP/1.1, another version than 13, no proper key).
core::Result<std::string> write_accepting_head(const http::Request& request);

/// A client's opening request. `key`: 16 random bytes in base64.
std::string write_opening_request(std::string_view target, std::string_view host, std::string_view key);

/// Compares the server's whole head, up to and with the empty line, with what `key` must give.
/// Fails: denied (an HTTP status other than 101), corrupt (101 without the right fields).
core::Result<void> check_accepting_head(std::string_view head, std::string_view key);

}  // namespace noonmark::websocket
