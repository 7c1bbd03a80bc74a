#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/core/files.h"
#include "net/fetch/fetch.h"
#include "net/fetch/internal/state.h"

namespace noonmark::fetch {
namespace {

using internal::Head;
using internal::Hop;

constexpr std::size_t kMaxTag = 1024;

/// A file on its way: `file`.part with the bytes so far, `file`.part.etag with the name of the version they are from.
class Part {
 public:
  static core::Result<Part> open(const Wanted& wanted) {
    Part part;
    part.path_ = wanted.file.string() + ".part";
    part.tag_path_ = wanted.file.string() + ".part.etag";
    part.fd_ = core::UniqueFd(::open(part.path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!part.fd_.valid()) return core::from_errno(errno, "cannot write " + part.path_.string());
    struct stat status {};
    if (::fstat(part.fd_.get(), &status) != 0) return core::from_errno(errno, "cannot read " + part.path_.string());
    part.size_ = static_cast<std::uint64_t>(status.st_size);
    part.tag_ = core::read_text(part.tag_path_, kMaxTag).value_or({});
    return part;
  }

  std::uint64_t size() const { return size_; }
  const std::string& tag() const { return tag_; }

  core::Result<void> restart(std::string tag) {
    if (::ftruncate(fd_.get(), 0) != 0) return core::from_errno(errno, "cannot empty " + path_.string());
    size_ = 0;
    tag_ = std::move(tag);
    return core::write_file_atomic(tag_path_, tag_);
  }

  core::Result<void> append(std::string_view piece) {
    while (!piece.empty()) {
      const auto count = ::pwrite(fd_.get(), piece.data(), piece.size(), static_cast<off_t>(size_));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return core::from_errno(errno, "cannot write " + path_.string());
      size_ += static_cast<std::uint64_t>(count);
      piece.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
  }

  void discard() const {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
    std::filesystem::remove(tag_path_, ignored);
  }

  core::Result<hash::Digest> digest() const { return hash::sha256_file(path_); }

  core::Result<void> complete(const std::filesystem::path& file) {
    if (::fsync(fd_.get()) != 0) return core::from_errno(errno, "cannot write " + path_.string());
    std::error_code failure;
    std::filesystem::rename(path_, file, failure);
    if (failure) return core::from_errno(failure.value(), "cannot rename to " + file.string());
    std::filesystem::remove(tag_path_, failure);
    return core::sync_directory(file.has_parent_path() ? file.parent_path() : ".");
  }

 private:
  std::filesystem::path path_, tag_path_;
  core::UniqueFd fd_;
  std::uint64_t size_ = 0;
  std::string tag_;
};

/// RFC 9110 §8.8.3: a weak tag doesn't promise equal bytes, so nothing can be resumed by it.
std::string strong_tag(const Head& head) {
  const std::string_view tag = head.headers.find("ETag").value_or("");
  return tag.starts_with('"') && tag.size() <= kMaxTag ? std::string(tag) : std::string();
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The offset of "bytes 100-199/200", and the total where it is told.
struct ContentRange {
  std::optional<std::uint64_t> begin, total;
};
ContentRange content_range(const Head& head) {
  std::string_view text = head.headers.find("Content-Range").value_or("");
  if (!text.starts_with("bytes ")) return {};
  text.remove_prefix(6);
  const auto dash = text.find('-'), slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) return {};
  return {number(text.substr(0, dash)), number(text.substr(slash + 1))};
}

/// What has arrived is not the beginning of what is wanted.
bool is_useless(const core::Error& failure) {
  return failure.kind == core::ErrorKind::exhausted || failure.kind == core::ErrorKind::corrupt;
}

/// One download over its tries.
class Download {
 public:
  Download(const Wanted& wanted, const Bounds& bounds, const Fetcher::Progress& progress, Part part)
      : wanted_(wanted), bounds_(bounds), progress_(progress), part_(std::move(part)), resumed_at_(part_.size()) {}

  core::Result<Downloaded> run(internal::Transfer& transfer, const Policy& policy, core::Clock& clock);

 private:
  core::Result<void> attempt(internal::Transfer& transfer, const Policy& policy, const core::Deadline& deadline);
  core::Result<void> take(const Head& head, std::string_view piece);
  core::Result<void> begin(const Head& head);
  core::Result<hash::Digest> check() const;
  bool may_resume() const { return part_.size() > 0 && (wanted_.sha256 || !part_.tag().empty()); }
  bool has_all() const { return wanted_.size && part_.size() == *wanted_.size && wanted_.sha256; }

  const Wanted& wanted_;
  const Bounds& bounds_;
  const Fetcher::Progress& progress_;
  Part part_;
  std::uint64_t resumed_at_;
  bool begun_ = false;
  std::uint64_t total_ = 0;
  std::string url_;
};

core::Result<void> Download::begin(const Head& head) {
  begun_ = true;
  const std::uint64_t length = number(head.headers.find("Content-Length").value_or("")).value_or(0);
  if (head.status == 206) {
    const ContentRange range = content_range(head);
    if (range.begin != part_.size()) {
      return core::unavailable(wanted_.url + " sent another part than it was asked for; try again");
    }
    total_ = range.total.value_or(part_.size() + length);
    resumed_at_ = part_.size();
  } else {
    resumed_at_ = 0;
    TRY(part_.restart(strong_tag(head)));
    total_ = length;
  }
  if (wanted_.size && total_ != 0 && total_ != *wanted_.size) {
    return core::corrupt(wanted_.url + " has " + std::to_string(total_) + " bytes, not the " +
                         std::to_string(*wanted_.size) + " expected");
  }
  if (wanted_.size) total_ = *wanted_.size;
  const std::uint64_t most = std::max(total_, part_.size());
  if (most <= bounds_.max_bytes) return {};
  return core::exhausted(wanted_.url + " has " + std::to_string(most) + " bytes, more than the " +
                         std::to_string(bounds_.max_bytes) + " allowed");
}

core::Result<void> Download::take(const Head& head, std::string_view piece) {
  if (!begun_) TRY(begin(head));
  const std::uint64_t most = wanted_.size ? std::min(*wanted_.size, bounds_.max_bytes) : bounds_.max_bytes;
  if (piece.size() > most - std::min(most, part_.size())) {
    return core::exhausted(wanted_.url + " is longer than the " + std::to_string(most) + " bytes allowed");
  }
  TRY(part_.append(piece));
  if (progress_) progress_(part_.size(), total_);
  return {};
}

core::Result<void> Download::attempt(internal::Transfer& transfer, const Policy& policy,
                                     const core::Deadline& deadline) {
  if (has_all()) return {};
  Hop hop{"GET", wanted_.url, wanted_.headers, {}};
  if (may_resume()) {
    hop.headers.set("Range", "bytes=" + std::to_string(part_.size()) + "-");
    if (!part_.tag().empty()) hop.headers.set("If-Range", part_.tag());
  } else {
    TRY(part_.restart({}));
  }
  begun_ = false;
  const auto arrival =
      TRY(internal::follow(transfer, policy, std::move(hop), deadline,
                           [&](const Head& head, std::string_view piece) { return take(head, piece); }));
  url_ = arrival.url;
  if (arrival.head.status == 416) {
    TRY(part_.restart({}));
    return core::unavailable(wanted_.url + " no longer has the part that was asked for; try again");
  }
  if (arrival.head.status == 304) return core::invalid(wanted_.url + " answered 304 to a request without a condition");
  if (total_ != 0 && part_.size() != total_) {
    return core::unavailable(wanted_.url + " ended after " + std::to_string(part_.size()) + " of " +
                             std::to_string(total_) + " bytes; try again");
  }
  return {};
}

core::Result<hash::Digest> Download::check() const {
  if (wanted_.size && part_.size() != *wanted_.size) {
    return core::corrupt(wanted_.url + " has " + std::to_string(part_.size()) + " bytes, not the " +
                         std::to_string(*wanted_.size) + " expected");
  }
  const hash::Digest digest = TRY(part_.digest());
  if (!wanted_.sha256 || digest == *wanted_.sha256) return digest;
  return core::corrupt(wanted_.url + " has another content than expected (sha256 " + digest.hex() + ", expected " +
                       wanted_.sha256->hex() + ")");
}

core::Result<Downloaded> Download::run(internal::Transfer& transfer, const Policy& policy, core::Clock& clock) {
  const core::Deadline deadline(clock, bounds_.time);
  core::Nanos pause = policy.pause;
  bool again = true;
  for (int tries = 1;; ++tries) {
    const core::Result<void> tried = attempt(transfer, policy, deadline);
    if (!tried.ok()) {
      const bool hopeless = tried.error().kind != core::ErrorKind::unavailable || tries >= policy.attempts;
      if (is_useless(tried.error())) part_.discard();
      if (hopeless || deadline.remaining() < pause) return tried.error();
      clock.sleep_for(pause);
      pause *= 2;
      continue;
    }
    const core::Result<hash::Digest> digest = check();
    if (digest.ok()) {
      TRY(part_.complete(wanted_.file));
      return Downloaded{part_.size(), *digest, resumed_at_, url_.empty() ? wanted_.url : url_};
    }
    // The bytes from before a break may be the bad ones: once more from the beginning.
    const bool mixed = resumed_at_ > 0 && again;
    again = false;
    if (!mixed) return part_.discard(), digest.error();
    TRY(part_.restart({}));
  }
}

}  // namespace

core::Result<Downloaded> Fetcher::download(const Wanted& wanted, const Bounds& bounds, const Progress& progress) {
  if (wanted.size && *wanted.size > bounds.max_bytes) {
    return core::exhausted(wanted.url + " has " + std::to_string(*wanted.size) + " bytes, more than the " +
                           std::to_string(bounds.max_bytes) + " allowed");
  }
  Part part = TRY(Part::open(wanted));
  return Download(wanted, bounds, progress, std::move(part)).run(state_->transfer, state_->policy, *state_->clock);
}

}  // namespace noonmark::fetch
