#include "net/websocket/handshake.h"

#include "base/codec/text.h"
#include "net/websocket/internal/sha1.h"

namespace noonmark::websocket {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The value of a field in a head as text; empty where it is missing.
std::string_view field_of(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(head.size(), line.size() + 2));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !http::equal_ignoring_case(line.substr(0, colon), name)) continue;
    const auto begin = line.find_first_not_of(" \t", colon + 1);
    if (begin == std::string_view::npos) return {};
    return line.substr(begin, line.find_last_not_of(" \t") - begin + 1);
  }
  return {};
}

}  // namespace

bool wants_upgrade(const http::Request& request) {
  return request.headers.has_token("Upgrade", "websocket") && request.headers.has_token("Connection", "Upgrade");
}

std::string accept_key(std::string_view key) {
  return codec::base64(internal::sha1(std::string(key) + std::string(kGuid)));
}

core::Result<std::string> write_accepting_head(const http::Request& request) {
  if (request.method != "GET" || request.minor_version < 1 || !wants_upgrade(request)) {
    return core::invalid("a WebSocket opens with GET in HTTP/1.1, 'Upgrade: websocket' and 'Connection: Upgrade'");
  }
  if (request.headers.find("Sec-WebSocket-Version") != "13") {
    return core::invalid("only version 13 of the WebSocket protocol is spoken here");
  }
  const std::string_view key = request.headers.find("Sec-WebSocket-Key").value_or("");
  const auto bytes = codec::parse_base64(key);
  if (!bytes.ok() || bytes->size() != 16) return core::invalid("Sec-WebSocket-Key must be 16 bytes in base64");
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
         accept_key(key) + "\r\n\r\n";
}

std::string write_opening_request(std::string_view target, std::string_view host, std::string_view key) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(host) +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
         std::string(key) + "\r\n\r\n";
}

core::Result<void> check_accepting_head(std::string_view head, std::string_view key) {
  const std::string_view status = head.substr(0, head.find("\r\n"));
  if (!status.starts_with("HTTP/1.1 101")) {
    return core::denied("the server does not open a WebSocket here: " + std::string(status.substr(0, 100)));
  }
  if (!http::equal_ignoring_case(field_of(head, "Upgrade"), "websocket") ||
      field_of(head, "Sec-WebSocket-Accept") != accept_key(key) ||
      !field_of(head, "Sec-WebSocket-Extensions").empty()) {
    return core::corrupt("the server's answer is not that of a WebSocket server; check the address");
  }
  return {};
}

}  // namespace noonmark::websocket
