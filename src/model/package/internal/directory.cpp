#include "model/package/internal/directory.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace noonmark::package::internal {
namespace {

constexpr std::size_t kPiece = 1 << 20;

core::Error system_error(std::string_view what, std::string_view path) {
  return core::from_errno(errno, std::string(what) + " '" + std::string(path) + "'");
}

core::Error not_regular(std::string_view path, mode_t mode) {
  std::string_view kind = "a special file";
  if (S_ISLNK(mode)) kind = "a symbolic link";
  if (S_ISFIFO(mode)) kind = "a pipe";
  if (S_ISSOCK(mode)) kind = "a socket";
  if (S_ISBLK(mode) || S_ISCHR(mode)) kind = "a device";
  return core::invalid("'" + std::string(path) + "' is " + std::string(kind) +
                       "; a package holds only regular files: replace it with a copy of the file");
}

core::Error hard_link(std::string_view path) {
  return core::invalid("'" + std::string(path) + "' has several names (hard link), so it can change from outside; " +
                       "replace it with a copy");
}

}  // namespace

core::Result<Directory> Directory::open(const std::filesystem::path& root) {
  core::UniqueFd fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return system_error("cannot open the package directory", root.string());
  return Directory(std::move(fd));
}

struct Directory::Walk {
  const Limits& limits;
  std::vector<FoundFile> found;
  std::size_t entries = 0;  // folders too: a tree of empty ones costs as much to walk

  core::Result<void> count() {
    // Each listed file may stand in a folder of its own; the manifest itself isn't listed.
    if (++entries <= 2 * limits.files + 1) return {};
    return core::invalid("more than " + std::to_string(limits.files) + " files, or too many folders");
  }
};

core::Result<std::vector<FoundFile>> Directory::list(const Limits& limits) const {
  Walk state{limits, {}};
  TRY(walk(root_.get(), "", state));
  std::ranges::sort(state.found, {}, &FoundFile::path);
  return std::move(state.found);
}

core::Result<void> Directory::walk(int fd, const std::string& prefix, Walk& state) {
  // fdopendir() takes its descriptor over, and the root's must stay open.
  const int copy = ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return system_error("cannot list", prefix);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(copy), &::closedir);
  if (!entries) {
    ::close(copy);
    return system_error("cannot list", prefix);
  }
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    TRY(state.count());
    names.push_back(name);
  }
  std::ranges::sort(names);
  for (const std::string& name : names) TRY(visit(fd, name, prefix + name, state));
  return {};
}

core::Result<void> Directory::visit(int fd, const std::string& name, const std::string& path, Walk& state) {
  TRY(check_path(path, state.limits));
  struct stat status {};
  if (::fstatat(fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return system_error("cannot look at", path);
  if (S_ISDIR(status.st_mode)) {
    const core::UniqueFd child(::openat(fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (child.get() < 0) return system_error("cannot open", path);
    return walk(child.get(), path + "/", state);
  }
  if (!S_ISREG(status.st_mode)) return not_regular(path, status.st_mode);
  if (status.st_nlink != 1) return hard_link(path);
  if (state.found.size() > state.limits.files) {
    return core::invalid("more than " + std::to_string(state.limits.files) + " files");
  }
  state.found.push_back({path, static_cast<std::uint64_t>(status.st_size)});
  return {};
}

core::Result<core::UniqueFd> Directory::open_file(std::string_view path, std::uint64_t& size) const {
  core::UniqueFd folder;
  int at = root_.get();
  std::string_view rest = path;
  for (auto slash = rest.find('/'); slash != std::string_view::npos; slash = rest.find('/')) {
    const std::string segment(rest.substr(0, slash));
    core::UniqueFd next(::openat(at, segment.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (next.get() < 0) return system_error("cannot open the folder of", path);
    folder = std::move(next);
    at = folder.get();
    rest.remove_prefix(slash + 1);
  }
  // O_NONBLOCK: a pipe put in place of the file must not make open() wait.
  core::UniqueFd file(::openat(at, std::string(rest).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ELOOP) return not_regular(path, S_IFLNK);
    return system_error("cannot open", path);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error("cannot look at", path);
  if (!S_ISREG(status.st_mode)) return not_regular(path, status.st_mode);
  if (status.st_nlink != 1) return hard_link(path);
  size = static_cast<std::uint64_t>(status.st_size);
  return file;
}

core::Result<hash::Digest> Directory::read_exactly(std::string_view path, std::uint64_t size, const Take& take) const {
  std::uint64_t found = 0;
  const core::UniqueFd file = TRY(open_file(path, found));
  const auto wrong_size = [&](std::uint64_t bytes) {
    return core::corrupt("'" + std::string(path) + "' has " + std::to_string(bytes) + " bytes, the manifest says " +
                         std::to_string(size) + "; fetch the package again or describe it anew");
  };
  if (found != size) return wrong_size(found);
  hash::Sha256 hasher;
  std::uint64_t seen = 0;
  const auto piece = [&](core::ByteView bytes) -> core::Result<void> {
    seen += bytes.size();
    if (seen > size) return wrong_size(seen);
    hasher.update(bytes);
    return take(bytes);
  };
  TRY(read_all(file.get(), path, piece));
  if (seen != size) return wrong_size(seen);
  return hasher.finish();
}

core::Result<hash::Digest> Directory::digest(std::string_view path, std::uint64_t size) const {
  return read_exactly(path, size, [](core::ByteView) -> core::Result<void> { return {}; });
}

core::Result<hash::Digest> Directory::copy(std::string_view path, std::uint64_t size,
                                           const std::filesystem::path& target) const {
  const core::UniqueFd out(::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!out.valid()) {
    if (errno == EEXIST) return core::conflict("'" + target.string() + "' exists already");
    return system_error("cannot create", target.string());
  }
  return read_exactly(path, size, [&](core::ByteView bytes) { return write_all(out.get(), target.string(), bytes); });
}

core::Result<core::Bytes> Directory::read(std::string_view path, std::uint64_t offset, std::uint64_t length) const {
  std::uint64_t size = 0;
  const core::UniqueFd file = TRY(open_file(path, size));
  if (offset > size || length > size - offset) {
    return core::corrupt("'" + std::string(path) + "' ends before byte " + std::to_string(offset + length));
  }
  core::Bytes bytes(length);
  for (std::uint64_t done = 0; done < length;) {
    const ssize_t got = ::pread(file.get(), bytes.data() + done, length - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", path);
    if (got == 0) return core::corrupt("'" + std::string(path) + "' became shorter while it was read");
    done += static_cast<std::uint64_t>(got);
  }
  return bytes;
}

core::Result<void> write_all(int fd, std::string_view path, core::ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return system_error("cannot write", path);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

core::Result<void> read_all(int fd, std::string_view path,
                            const std::function<core::Result<void>(core::ByteView)>& take) {
  core::Bytes piece(kPiece);
  for (;;) {
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", path);
    if (got == 0) return {};
    TRY(take(core::ByteView(piece.data(), static_cast<std::size_t>(got))));
  }
}

}  // namespace noonmark::package::internal
