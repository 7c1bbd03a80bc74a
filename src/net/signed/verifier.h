#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "net/signed/stamp.h"

namespace noonmark::signed_http {

/// How far the two clocks may be apart.
inline constexpr std::chrono::seconds kMaxSkew{30};

/// Tells stamped requests that may be acted on from all others.
///
/// Accepted is what an allowed account signed for this receiver, over exactly this method, target and body, within
/// kMaxSkew of now, and not accepted before. Requests may come in any order and in parallel. Of a nonce is kept only
/// what a right signature of an allowed account came with, for as long as the clock would let it pass again, and at
/// most kMaxNonces per account; so strangers can't fill the memory, and no account can crowd another one out.
///
/// After a restart the nonces are gone; so the file `fence` holds a time that nothing accepted was later than, and
/// requests up to it are refused by the next process. It is written ahead by kFenceStep, once per that time.
///
/// Nothing secret is compared here, so there is nothing to hide from a stopwatch; the check of the signature itself is
/// libsodium's. Owner: the program. Threads: any.
class Verifier {
 public:
  using Allowed = std::function<bool(const sign::AccountId&)>;  ///< called from verify(); any thread
  static constexpr std::size_t kMaxNonces = 4096;
  static constexpr std::chrono::seconds kFenceStep{5};

  /// `fence`: a file that belongs to this receiver, made when missing. Fails: as read_file; corrupt.
  static core::Result<std::unique_ptr<Verifier>> open(const sign::AccountId& receiver, Allowed allowed,
                                                      std::filesystem::path fence);

  /// Who sent the request. Fails: denied (no stamp, not allowed, wrong signature, a clock that is off: both are named),
  /// conflict (accepted before), exhausted (too many within kMaxSkew), unavailable (stamped before the restart of this
  /// server, or its clock went back: stamping anew and sending again helps), and as write_file_atomic.
  core::Result<sign::AccountId> verify(const http::Request& request, core::UnixNanos now);

 private:
  /// Of one account: by time, so that what is too old goes first.
  using Seen = std::set<std::pair<std::int64_t, Nonce>>;

  Verifier(const sign::AccountId& receiver, Allowed allowed, std::filesystem::path fence, std::int64_t refuse_until_ms)
      : receiver_(receiver),
        allowed_(std::move(allowed)),
        fence_(std::move(fence)),
        refuse_until_ms_(refuse_until_ms),
        fence_ms_(refuse_until_ms) {}
  core::Result<void> check_time(std::int64_t time_ms, std::int64_t now_ms) const;
  core::Result<void> remember(const Stamp& stamp, std::int64_t now_ms);

  const sign::AccountId receiver_;
  const Allowed allowed_;
  const std::filesystem::path fence_;
  const std::int64_t refuse_until_ms_;  ///< what an earlier process may have accepted
  std::mutex mutex_;
  std::int64_t fence_ms_;                 ///< guarded by mutex_; what the file says
  std::int64_t forgotten_ms_ = 0;         ///< guarded by mutex_; nonces before it are forgotten, so their time is over
  std::map<sign::AccountId, Seen> seen_;  ///< guarded by mutex_
};

}  // namespace noonmark::signed_http
