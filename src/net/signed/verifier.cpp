#include "net/signed/verifier.h"

#include <algorithm>

#include "base/codec/json.h"
#include "base/core/files.h"

namespace noonmark::signed_http {
namespace {

constexpr std::int64_t kSkewMs = std::chrono::milliseconds(kMaxSkew).count();
constexpr std::int64_t kFenceStepMs = std::chrono::milliseconds(Verifier::kFenceStep).count();

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

core::Result<std::int64_t> read_fence(const std::filesystem::path& path) {
  const auto text = core::read_text(path, 64);
  if (!text.ok() && text.error().kind == core::ErrorKind::not_found) return 0;
  if (!text.ok()) return text.error();
  const auto json = codec::parse_json(*text);
  if (json.ok() && json->is_integer() && json->as_integer() >= 0) return json->as_integer();
  return core::corrupt(path.string() + " isn't a time in milliseconds; remove it, and wait " +
                       std::to_string(kMaxSkew.count()) + " seconds before the next start");
}

}  // namespace

core::Result<std::unique_ptr<Verifier>> Verifier::open(const sign::AccountId& receiver, Allowed allowed,
                                                       std::filesystem::path fence) {
  const std::int64_t until = TRY(read_fence(fence));
  return std::unique_ptr<Verifier>(new Verifier(receiver, std::move(allowed), std::move(fence), until));
}

core::Result<sign::AccountId> Verifier::verify(const http::Request& request, core::UnixNanos now) {
  const Stamp stamp = TRY(read_stamp(request.headers));
  if (!allowed_(stamp.account)) {
    return core::denied("the account " + stamp.account.ss58() + " isn't on the list of " + receiver_.ss58());
  }
  const std::int64_t now_ms = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count();
  TRY(check_time(stamp.time_ms, now_ms));
  // A line break in them would let one text stand for two requests.
  if (has_control_characters(request.method) || has_control_characters(request.target)) {
    return core::denied("the request line holds control characters");
  }
  const std::string text = bytes_to_sign(request, receiver_, stamp.time_ms, stamp.nonce);
  if (!sign::verify_sr25519(stamp.account, core::as_bytes(text), stamp.signature)) {
    return core::denied("the signature isn't " + stamp.account.ss58() + "'s over this request to " + receiver_.ss58());
  }
  TRY(remember(stamp, now_ms));
  return stamp.account;
}

core::Result<void> Verifier::check_time(std::int64_t time_ms, std::int64_t now_ms) const {
  if (std::abs(now_ms - time_ms) > kSkewMs) {
    return core::denied("the request was stamped at " + std::to_string(time_ms) +
                        " ms by the sender's clock, and it is " + std::to_string(now_ms) +
                        " ms by the receiver's (since 1970); they may be " + std::to_string(kMaxSkew.count()) +
                        " s apart: set the clock that is wrong");
  }
  if (time_ms <= refuse_until_ms_) {
    return core::unavailable("the request is from before this server's restart; stamp it anew in " +
                             std::to_string(std::max<std::int64_t>(1, refuse_until_ms_ + 1 - now_ms)) + " ms");
  }
  return {};
}

core::Result<void> Verifier::remember(const Stamp& stamp, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  forgotten_ms_ = std::max(forgotten_ms_, now_ms - kSkewMs);
  if (stamp.time_ms < forgotten_ms_) return core::unavailable("this server's clock has gone back; try again later");
  Seen& seen = seen_[stamp.account];
  seen.erase(seen.begin(), seen.lower_bound({forgotten_ms_, Nonce{}}));
  if (seen.contains({stamp.time_ms, stamp.nonce})) return core::conflict("this request was accepted before");
  if (seen.size() >= kMaxNonces) {
    return core::exhausted("more than " + std::to_string(kMaxNonces) + " requests of one account within " +
                           std::to_string(2 * kMaxSkew.count()) + " s; send fewer");
  }
  if (stamp.time_ms > fence_ms_) {
    const std::int64_t ahead = stamp.time_ms + kFenceStepMs;
    TRY(core::write_file_atomic(fence_, std::to_string(ahead), 0600));
    fence_ms_ = ahead;
  }
  seen.insert({stamp.time_ms, stamp.nonce});
  return {};
}

}  // namespace noonmark::signed_http
