#pragma once

#include <filesystem>

#include "net/server/file_answers.h"

namespace noonmark::miner {

/// The answer to one request.
http::Response answer_from(const std::filesystem::path& folder, const http::Request& request);

/// A miner's own store over HTTP: GET and HEAD of /<64 hex digits>.tar.zst from one folder, in ranges where they are
/// asked for; everything else is 404 or 405. Nothing is listed: a sealed entry's name stays unknown until it is opened.
/// Threads: as server::FileDesk. Owner: the caller; stop the server first.
class PackageStore {
 public:
  explicit PackageStore(std::filesystem::path folder)
      : desk_([folder = std::move(folder)](const http::Request& request) { return answer_from(folder, request); }) {}

  server::Handler handler() { return desk_.handler(); }

 private:
  server::FileDesk desk_;
};

}  // namespace noonmark::miner
