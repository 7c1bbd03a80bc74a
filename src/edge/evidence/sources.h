#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "crypto/hash/hash.h"
#include "net/fetch/fetch.h"
#include "storage/blobs/store.h"

namespace noonmark::evidence {

/// The body at a URL, at most `max_bytes`. Fails: as fetch::Fetcher::get.
using Fetch = std::function<core::Result<core::Bytes>(const std::string& url, std::uint64_t max_bytes)>;

/// Over the network, for http:// and https://. Borrows the fetcher. `limit` is for each call.
Fetch fetch_with(fetch::Fetcher& fetcher, core::Nanos limit = std::chrono::minutes(5));

/// Where blobs of a day may lie: a mirror on this machine first, then every validator that serves evidence. It doesn't
/// matter who has them, because their names are their digests. What arrives is kept in the mirror.
/// Threads: one.
class Sources {
 public:
  /// `mirror` may be null. Both are borrowed.
  Sources(const Fetch& fetch, blobs::Store* mirror) : fetch_(fetch), mirror_(mirror) {}

  /// A validator's address, as its record on the ledger says.
  void add(const std::string& url);

  /// The bytes of `name`, at most `max_bytes`; `first` is the address to ask first.
  /// Fails: unavailable, with what each source said.
  core::Result<core::Bytes> get(const hash::Digest& name, std::uint64_t max_bytes, const std::string& first);

 private:
  core::Result<core::Bytes> ask(const std::string& url, const hash::Digest& name, std::uint64_t max_bytes) const;

  const Fetch& fetch_;
  blobs::Store* const mirror_;
  std::vector<std::string> urls_;
};

}  // namespace noonmark::evidence
