#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "crypto/sign/account.h"
#include "crypto/sign/sr25519.h"
#include "net/http/message.h"

/// HTTP requests between nodes that know each other by their accounts: signed by the sender's hot key, for one
/// receiver, at one time, once.
namespace noonmark::signed_http {

/// 16 bytes that no other request of the same account carries.
using Nonce = std::array<std::uint8_t, 16>;

/// Who signed a request, and when. It stands in four header fields, each exactly once and in one form only:
///
///     noonmark-account    SS58, prefix 42
///     noonmark-nonce      32 lower-case hex digits
///     noonmark-time       milliseconds since 1970-01-01T00:00:00Z in decimal
///     noonmark-signature  128 lower-case hex digits: sr25519 over bytes_to_sign()
struct Stamp {
  sign::AccountId account;
  Nonce nonce{};
  std::int64_t time_ms = 0;
  sign::Sr25519Signature signature{};
};

/// "noonmark request 1\n" method \n target \n hex sha256(body) \n receiver SS58 \n time \n nonce. Method and target are
/// as they stand on the request line; so a proxy that rewrites either breaks the signature.
std::string bytes_to_sign(const http::Request& request, const sign::AccountId& receiver, std::int64_t time_ms,
                          const Nonce& nonce);

/// A nonce from the operating system's generator.
Nonce fresh_nonce();

/// Stamps the request in place of any stamp that it has. Nothing may change in it afterwards but other header fields.
void stamp(http::Request& request, const sign::Sr25519Pair& sender, const sign::AccountId& receiver,
           core::UnixNanos now, const Nonce& nonce);

/// Reads the four fields of a foreign request; checks their form only. Fails: denied, naming the field.
core::Result<Stamp> read_stamp(const http::Headers& headers);

}  // namespace noonmark::signed_http
