#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/http/message.h"
#include "net/server/http_server.h"

namespace noonmark::server {

/// What one answer holds at most; it is read into memory. A larger file is fetched in ranges.
inline constexpr std::uint64_t kMostServed = 256u << 20;

/// A file's bytes for GET and HEAD, with Range (one range, RFC 9110 §14) and If-Range. `etag` with its quotes; empty:
/// one that changes with every rewrite of the file. 404 for what is no regular file or a symbolic link. Reads the disk.
http::Response answer_file(const std::filesystem::path& file, const http::Request& request,
                           const std::string& content_type, std::string etag = {});

/// 405 for anything but GET and HEAD, as an answer; else nothing.
std::optional<http::Response> refuse_writing(const http::Request& request);

/// Answers requests that read the disk on one thread of its own, away from the listener's.
/// Owner: the caller; stop the server first. Threads: the handler may be called from any.
class FileDesk {
 public:
  using Answer = std::function<http::Response(const http::Request&)>;
  /// `answer` is called on the desk's thread.
  explicit FileDesk(Answer answer);
  ~FileDesk();
  FileDesk(const FileDesk&) = delete;
  FileDesk& operator=(const FileDesk&) = delete;

  Handler handler();

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace noonmark::server
