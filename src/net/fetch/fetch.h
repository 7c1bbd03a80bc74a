#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/codec/json.h"
#include "base/core/clock.h"
#include "base/core/result.h"
#include "crypto/hash/hash.h"
#include "net/http/message.h"

namespace noonmark::fetch {

/// How a fetcher behaves towards every server.
struct Policy {
  std::string user_agent = "noonmark";
  /// For addresses that strangers give: connects to nothing that is_public_address() refuses, whatever the name
  /// resolves to at that moment, and through no proxy.
  bool public_addresses_only = false;
  bool https_only = false;
  /// Follow a redirection from https to http. http alone needs no permission: whoever gives such a URL has asked for
  /// it.
  bool allow_downgrade = false;
  /// Honour http_proxy, https_proxy, no_proxy of the environment.
  bool use_proxy = true;
  int redirects = 5;
  /// Authorities to trust instead of the system's (PEM); empty: the system's.
  std::filesystem::path ca_file;
  std::chrono::milliseconds connect{15'000};
  /// A transfer slower than this, in bytes per second, over `slow_for` is given up.
  std::uint64_t min_speed = 1024;
  std::chrono::seconds slow_for{30};
  /// download(): tries after a break, the first included; the wait before the second, doubled each time.
  int attempts = 4;
  std::chrono::milliseconds pause{500};
  /// Ends what is under way with `cancelled` once it is true. May be null; borrowed.
  const std::atomic<bool>* stop = nullptr;
};

/// Bounds of one call, over all its redirections and tries.
struct Bounds {
  std::uint64_t max_bytes = 16u << 20;
  core::Nanos time = std::chrono::seconds(60);
};

struct Answer {
  int status = 200;  ///< 2xx, or 304 when the request was conditional
  http::Headers headers;
  std::string body;
  std::string url;  ///< after redirections
};

/// A file to fetch.
struct Wanted {
  std::string url;
  std::filesystem::path file;  ///< replaced when complete; its directory must exist
  http::Headers headers;
  std::optional<std::uint64_t> size;   ///< exact, where known
  std::optional<hash::Digest> sha256;  ///< where known
};

struct Downloaded {
  std::uint64_t bytes = 0;
  hash::Digest sha256;
  std::uint64_t resumed_at = 0;  ///< bytes that were there from an earlier try or run
  std::string url;               ///< after redirections
};

/// Foreign HTTP and HTTPS: every answer is foreign, so sizes, times, redirections and schemes are bounded. Only http
/// and https URLs without user names are taken; an Authorization field goes to the first host only.
///
/// All calls block. Their errors: invalid (URL; the server says that the request is wrong), not_found (404, 410),
/// denied (401, 403, certificate not trusted, address not public, downgrade), exhausted (longer than the bounds),
/// timeout, unavailable (unknown host, refused, broken off, 429, 5xx), corrupt (not HTTP, other bytes than expected),
/// cancelled. Keeps its connections for the next call. Threads: one at a time; make one per thread.
class Fetcher {
 public:
  /// `clock` must outlive the fetcher; it sleeps between tries.
  Fetcher(core::Clock& clock, Policy policy);
  ~Fetcher();
  Fetcher(Fetcher&&) noexcept;
  Fetcher& operator=(Fetcher&&) noexcept;

  /// A whole body in memory. With If-None-Match or If-Modified-Since in `headers` the answer may be 304.
  core::Result<Answer> get(const std::string& url, const Bounds& bounds = {}, const http::Headers& headers = {});

  /// Small JSON bodies, JSON-RPC among them. A POST follows no redirection. Fails: corrupt too, when the body isn't
  /// JSON.
  core::Result<codec::Json> get_json(const std::string& url, const Bounds& bounds = {},
                                     const http::Headers& headers = {});
  core::Result<codec::Json> post_json(const std::string& url, const codec::Json& body, const Bounds& bounds = {},
                                      const http::Headers& headers = {});

  /// Any body, with the Content-Type that `headers` name. Follows no redirection.
  core::Result<Answer> post(const std::string& url, std::string_view body, const Bounds& bounds = {},
                            const http::Headers& headers = {});

  /// Fetches into `file` by way of `file`.part, which stays there after a break: the next try, or the next run,
  /// asks for the rest only (Range), as long as the server says that the file is still the same (If-Range with a strong
  /// ETag) or the digest is known. What is complete is compared with size and digest, made durable and then renamed.
  /// `progress` is told the bytes so far and the total, 0 while unknown.
  using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;
  core::Result<Downloaded> download(const Wanted& wanted, const Bounds& bounds, const Progress& progress = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace noonmark::fetch
