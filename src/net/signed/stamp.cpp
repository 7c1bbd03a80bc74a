#include "net/signed/stamp.h"

#include <algorithm>
#include <charconv>

#include "base/codec/text.h"
#include "base/core/random.h"
#include "crypto/hash/hash.h"

namespace noonmark::signed_http {
namespace {

constexpr std::string_view kAccount = "noonmark-account", kNonce = "noonmark-nonce", kTime = "noonmark-time",
                           kSignature = "noonmark-signature";
/// The longest proper field is the signature's.
constexpr std::size_t kMaxField = 128;

core::Error bad_field(std::string_view name, std::string_view what) {
  return core::denied("the header field " + std::string(name) + " " + std::string(what));
}

/// A field that stands there once.
core::Result<std::string_view> only(const http::Headers& headers, std::string_view name) {
  const http::Header* found = nullptr;
  for (const http::Header& field : headers.fields()) {
    if (!http::equal_ignoring_case(field.name, name)) continue;
    if (found != nullptr) return bad_field(name, "comes twice");
    found = &field;
  }
  if (found == nullptr) return bad_field(name, "is missing: this request has to be signed");
  if (found->value.size() > kMaxField) return bad_field(name, "is too long");
  return std::string_view(found->value);
}

template <std::size_t kSize>
core::Result<void> read_hex(const http::Headers& headers, std::string_view name,
                            std::array<std::uint8_t, kSize>& into) {
  const std::string_view text = TRY(only(headers, name));
  const auto bytes = codec::parse_hex(text);
  if (!bytes.ok() || bytes->size() != kSize || codec::hex(*bytes) != text) {
    return bad_field(name, "must be " + std::to_string(2 * kSize) + " lower-case hex digits");
  }
  std::copy(bytes->begin(), bytes->end(), into.begin());
  return {};
}

}  // namespace

std::string bytes_to_sign(const http::Request& request, const sign::AccountId& receiver, std::int64_t time_ms,
                          const Nonce& nonce) {
  return "noonmark request 1\n" + request.method + "\n" + request.target + "\n" + hash::sha256(request.body).hex() +
         "\n" + receiver.ss58() + "\n" + std::to_string(time_ms) + "\n" + codec::hex(nonce);
}

Nonce fresh_nonce() {
  Nonce nonce;
  core::fill_secure_random(nonce);
  return nonce;
}

void stamp(http::Request& request, const sign::Sr25519Pair& sender, const sign::AccountId& receiver,
           core::UnixNanos now, const Nonce& nonce) {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch());
  const std::string text = bytes_to_sign(request, receiver, since.count(), nonce);
  request.headers.set(kAccount, sender.account().ss58());
  request.headers.set(kNonce, codec::hex(nonce));
  request.headers.set(kTime, std::to_string(since.count()));
  request.headers.set(kSignature, codec::hex(sender.sign(core::as_bytes(text))));
}

core::Result<Stamp> read_stamp(const http::Headers& headers) {
  Stamp stamp;
  const std::string_view account = TRY(only(headers, kAccount));
  const auto parsed = sign::AccountId::parse(account);
  if (!parsed.ok() || parsed->ss58() != account) return bad_field(kAccount, "must be an SS58 account of prefix 42");
  stamp.account = *parsed;
  TRY(read_hex(headers, kNonce, stamp.nonce));
  const std::string_view time = TRY(only(headers, kTime));
  const auto [end, problem] = std::from_chars(time.data(), time.data() + time.size(), stamp.time_ms);
  const bool whole = problem == std::errc() && end == time.data() + time.size();
  // Below 2^53 every reader, whatever its language, has the same number.
  if (!whole || stamp.time_ms < 0 || stamp.time_ms >= std::int64_t{1} << 53 || std::to_string(stamp.time_ms) != time) {
    return bad_field(kTime, "must be milliseconds since 1970 in decimal");
  }
  TRY(read_hex(headers, kSignature, stamp.signature));
  return stamp;
}

}  // namespace noonmark::signed_http
