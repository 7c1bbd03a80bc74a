#include "base/core/files.h"

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "base/core/random.h"

namespace noonmark::core {
namespace {

std::string quoted(const std::filesystem::path& path) { return "'" + path.string() + "'"; }

template <class Container>
Result<Container> read_whole(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return from_errno(errno, "cannot open " + quoted(path));
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) return from_errno(errno, "cannot read " + quoted(path));
  if (!S_ISREG(info.st_mode)) return invalid(quoted(path) + " is not a regular file");
  Container content;
  // Files under /proc have size 0, so read until the end and not until the size.
  std::size_t used = 0;
  content.resize(static_cast<std::size_t>(info.st_size) + 1);
  for (;;) {
    if (used > max_bytes)
      return exhausted(quoted(path) + " is longer than the limit of " + std::to_string(max_bytes) + " bytes");
    if (used == content.size()) content.resize(content.size() * 2);
    const ssize_t got = read(fd.get(), content.data() + used, content.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return from_errno(errno, "cannot read " + quoted(path));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  content.resize(used);
  return content;
}

Result<void> write_all(int fd, ByteView content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t wrote = write(fd, content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return from_errno(errno, "cannot write " + quoted(path));
    content = content.subspan(static_cast<std::size_t>(wrote));
  }
  if (fsync(fd) != 0) return from_errno(errno, "cannot sync " + quoted(path));
  return {};
}

constexpr std::string_view kUnique = "XXXXXX";  // what mkdtemp replaces
constexpr time_t kNew = 60;                     // seconds in which whoever made a directory has surely locked it

/// Not valid while another process holds it, or where file systems have no locks.
UniqueFd lock_directory(const std::filesystem::path& directory) {
  UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd.valid() && flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.reset();
  return fd;
}

/// Only what is this user's own, and what no living process holds.
void remove_abandoned(const std::filesystem::path& parent, std::string_view prefix) {
  std::error_code ignored;
  for (const auto& item : std::filesystem::directory_iterator(parent, ignored)) {
    const std::string name = item.path().filename().string();
    if (!name.starts_with(prefix) || name.size() != prefix.size() + kUnique.size()) continue;
    struct stat info {};
    if (lstat(item.path().c_str(), &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != geteuid()) continue;
    if (info.st_mtim.tv_sec + kNew > time(nullptr)) continue;
    const UniqueFd lock = lock_directory(item.path());
    if (lock.valid()) std::filesystem::remove_all(item.path(), ignored);
  }
}

}  // namespace

Result<Bytes> read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  return read_whole<Bytes>(path, max_bytes);
}

Result<std::string> read_text(const std::filesystem::path& path, std::uint64_t max_bytes) {
  return read_whole<std::string>(path, max_bytes);
}

Result<void> write_file_atomic(const std::filesystem::path& path, ByteView content, unsigned mode) {
  std::array<std::uint8_t, 6> salt{};
  fill_secure_random(salt);
  std::string suffix = ".tmp-";
  for (const std::uint8_t byte : salt) suffix += static_cast<char>('a' + byte % 26);
  const std::filesystem::path temporary = path.string() + suffix;
  UniqueFd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd.valid()) return from_errno(errno, "cannot create " + quoted(temporary));
  Result<void> written = write_all(fd.get(), content, temporary);
  fd.reset();
  if (written.ok() && rename(temporary.c_str(), path.c_str()) != 0)
    written = from_errno(errno, "cannot replace " + quoted(path));
  if (!written.ok()) {
    unlink(temporary.c_str());
    return written;
  }
  return sync_directory(path.has_parent_path() ? path.parent_path() : ".");
}

Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view content, unsigned mode) {
  return write_file_atomic(path, as_bytes(content), mode);
}

Result<void> sync_directory(const std::filesystem::path& directory) {
  const UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return from_errno(errno, "cannot open directory " + quoted(directory));
  if (fsync(fd.get()) != 0) return from_errno(errno, "cannot sync directory " + quoted(directory));
  return {};
}

Result<void> make_directories(const std::filesystem::path& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) return from_errno(failure.value(), "cannot create directory " + quoted(path));
  return {};
}

Result<TempDir> TempDir::create(std::string_view prefix) {
  const char* base = std::getenv("TMPDIR");
  const std::filesystem::path parent = base != nullptr && *base != '\0' ? base : "/tmp";
  remove_abandoned(parent, prefix);
  std::string name = (parent / (std::string(prefix) + std::string(kUnique))).string();
  if (mkdtemp(name.data()) == nullptr) return from_errno(errno, "cannot create a temporary directory " + name);
  return TempDir(name, lock_directory(name));
}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

TempDir::~TempDir() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

void UniqueFd::reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

}  // namespace noonmark::core
