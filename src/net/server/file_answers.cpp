#include "net/server/file_answers.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <fcntl.h>
#include <mutex>
#include <optional>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "base/core/files.h"

namespace noonmark::server {
namespace {

constexpr std::size_t kMostWaiting = 64;

/// The first byte and how many.
struct Piece {
  std::uint64_t first = 0, size = 0;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "bytes=5-9", "bytes=5-", "bytes=-5". Nothing for what isn't one range: it is then passed over. Size 0: not
/// satisfiable.
std::optional<Piece> read_range(std::string_view text, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  const std::size_t dash = text.find('-');
  if (!text.starts_with(kUnit) || dash == std::string_view::npos) return std::nullopt;
  const std::string_view from = text.substr(kUnit.size(), dash - kUnit.size()), to = text.substr(dash + 1);
  if (from.empty()) {
    const auto last = number(to);
    if (!last) return std::nullopt;
    const std::uint64_t length = std::min(*last, size);
    return Piece{size - length, length};
  }
  const auto first = number(from), last = to.empty() ? std::optional(size) : number(to);
  if (!first || !last || *last < *first) return std::nullopt;
  if (*first >= size) return Piece{};
  return Piece{*first, std::min(*last, size - 1) - *first + 1};
}

bool read_piece(int file, const Piece& piece, std::string& body) {
  body.resize(piece.size);
  for (std::size_t done = 0; done < body.size();) {
    const ssize_t count = pread(file, body.data() + done, body.size() - done, static_cast<off_t>(piece.first + done));
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

/// Changes with every rewrite of the file.
std::string entity_tag(const struct stat& facts) {
  return "\"" + std::to_string(facts.st_ino) + "-" + std::to_string(facts.st_size) + "-" +
         std::to_string(facts.st_mtim.tv_sec) + "." + std::to_string(facts.st_mtim.tv_nsec) + "\"";
}

http::Response answer_open(const core::UniqueFd& file, std::uint64_t size, const http::Request& request,
                           const std::string& content_type, const std::string& tag) {
  http::Response response;
  response.headers = {{"Content-Type", content_type}, {"Accept-Ranges", "bytes"}, {"ETag", tag}};
  Piece piece{0, size};
  const auto condition = request.headers.find("If-Range");
  const auto asked = request.headers.find("Range");
  const auto range = asked && (!condition || *condition == tag) ? read_range(*asked, size) : std::nullopt;
  if (range) {
    piece = *range;
    piece.size = std::min(piece.size, kMostServed);
    response.status = piece.size == 0 ? 416 : 206;
    response.headers.set("Content-Range", piece.size == 0 ? "bytes */" + std::to_string(size)
                                                          : "bytes " + std::to_string(piece.first) + "-" +
                                                                std::to_string(piece.first + piece.size - 1) + "/" +
                                                                std::to_string(size));
  }
  if (piece.size > kMostServed) {
    return http::error_response(
        413, "this file is fetched in ranges of at most " + std::to_string(kMostServed) + " bytes", "too_large");
  }
  if (!read_piece(file.get(), piece, response.body)) return http::error_response(500, "the file cannot be read");
  return response;
}

}  // namespace

http::Response answer_file(const std::filesystem::path& path, const http::Request& request,
                           const std::string& content_type, std::string etag) {
  const core::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat facts {};
  if (!file.valid() || fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return http::error_response(404, "there is no such file here");
  }
  if (etag.empty()) etag = entity_tag(facts);
  return answer_open(file, static_cast<std::uint64_t>(facts.st_size), request, content_type, etag);
}

std::optional<http::Response> refuse_writing(const http::Request& request) {
  if (request.method == "GET" || request.method == "HEAD") return std::nullopt;
  http::Response response = http::error_response(405, "only GET and HEAD are answered here");
  response.headers.set("Allow", "GET, HEAD");
  return response;
}

class FileDesk::Worker {
 public:
  explicit Worker(Answer answer) : answer_(std::move(answer)), thread_([this] { run(); }) {}
  ~Worker() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    filled_.notify_one();
    thread_.join();
  }

  void add(http::Request request, server::Responder responder) {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= kMostWaiting) {
      return responder.respond(http::error_response(503, "too many requests are waiting; try again"));
    }
    jobs_.push_back({std::move(request), std::move(responder)});
    filled_.notify_one();
  }

 private:
  struct Job {
    http::Request request;
    server::Responder responder;
  };

  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      filled_.wait(lock, [this] { return ended_ || !jobs_.empty(); });
      if (ended_) return;
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      if (!job.responder.cancelled()) job.responder.respond(answer_(job.request));
      lock.lock();
    }
  }

  const Answer answer_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Job> jobs_;
  bool ended_ = false;
  std::thread thread_;
};

FileDesk::FileDesk(Answer answer) : worker_(std::make_unique<Worker>(std::move(answer))) {}

FileDesk::~FileDesk() = default;

Handler FileDesk::handler() {
  return [worker = worker_.get()](http::Request request, Responder responder) {
    worker->add(std::move(request), std::move(responder));
  };
}

}  // namespace noonmark::server
