#pragma once

#include <filesystem>
#include <memory>

#include "net/server/http_server.h"

namespace noonmark::miner {

/// What one answer holds at most; it is read into memory. A larger file is fetched in ranges.
inline constexpr std::uint64_t kMostServed = 256u << 20;

/// A miner's own store over HTTP: GET and HEAD of /<64 hex digits>.tar.zst from one folder, with Range (one range, RFC
/// 9110 §14) and If-Range; everything else is 404 or 405. Nothing is listed: a sealed entry's name stays unknown until
/// it is opened.
/// Threads: the handler may be called from any; files are read on one thread of the store's own. Owner: the caller;
/// stop the server first.
class PackageStore {
 public:
  explicit PackageStore(std::filesystem::path folder);
  ~PackageStore();
  PackageStore(const PackageStore&) = delete;
  PackageStore& operator=(const PackageStore&) = delete;

  server::Handler handler();

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

/// The answer to one request. Public for tests.
http::Response answer_from(const std::filesystem::path& folder, const http::Request& request);

}  // namespace noonmark::miner
