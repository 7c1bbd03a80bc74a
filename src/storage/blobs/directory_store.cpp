#include "storage/blobs/directory_store.h"

#include <atomic>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/files.h"

namespace noonmark::blobs {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kChunk = 1 << 16;

core::Error system_error(std::string_view doing, const fs::path& path) {
  const int code = errno;  // before anything allocates
  return core::from_errno(code, std::string(doing) + " " + path.string());
}

core::Result<core::UniqueFd> open_regular(const fs::path& path) {
  // Non-blocking, so that a named pipe can't hold us up; regular files don't care.
  core::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.valid()) return system_error("opening", path);
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return system_error("looking at", path);
  if (!S_ISREG(facts.st_mode)) return core::invalid(path.string() + " isn't a regular file");
  return file;
}

core::Result<core::UniqueFd> create_new(const fs::path& path) {
  core::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444));
  if (!file.valid()) return system_error("creating", path);
  return file;
}

core::Result<void> write_all(const core::UniqueFd& file, core::ByteView content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t count = ::write(file.get(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return system_error("writing", path);
    content = content.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

/// Reads `from` to its end in pieces. Fails: exhausted beyond `max_bytes`, or what `use` returns.
template <class Use>
core::Result<void> read_pieces(const core::UniqueFd& from, std::uint64_t max_bytes, const fs::path& path, Use&& use) {
  core::Bytes buffer(kChunk);
  std::uint64_t total = 0;
  for (;;) {
    const ssize_t count = ::read(from.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("reading", path);
    if (count == 0) return {};
    total += static_cast<std::uint64_t>(count);
    if (total > max_bytes) {
      return core::exhausted(path.string() + " is longer than the permitted " + std::to_string(max_bytes) + " bytes");
    }
    TRY(use(core::ByteView(buffer.data(), static_cast<std::size_t>(count))));
  }
}

/// A name for a file being written; it tells which process writes it, so that leftovers can be recognised.
std::string partial_name() {
  static std::atomic<std::uint64_t> counter{0};
  return std::to_string(::getpid()) + "-" + std::to_string(counter++);
}

bool writer_is_gone(const std::string& name) {
  pid_t writer = 0;
  const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), writer);
  if (code != std::errc() || *end != '-' || writer <= 0) return false;
  return ::kill(writer, 0) != 0 && errno == ESRCH;
}

core::Error corrupt_blob(const hash::Digest& name) {
  return core::corrupt("blob " + name.hex() + " was damaged on disk; put the same bytes again to mend it");
}

core::Error named_error(core::Error failure, const hash::Digest& name) {
  if (failure.kind == core::ErrorKind::not_found) return core::not_found("there is no blob " + name.hex());
  return failure;
}

}  // namespace

core::Result<std::unique_ptr<DirectoryStore>> DirectoryStore::open(const fs::path& root) {
  TRY(core::make_directories(root / "objects"));
  TRY(core::make_directories(root / "partial"));
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(root / "partial", code)) {
    if (writer_is_gone(entry.path().filename().string())) ::unlink(entry.path().c_str());
  }
  return std::unique_ptr<DirectoryStore>(new DirectoryStore(root));  // NOLINT: the constructor is private
}

fs::path DirectoryStore::path_of(const hash::Digest& name) const {
  const std::string hex = name.hex();
  return root_ / "objects" / hex.substr(0, 2) / hex;
}

bool DirectoryStore::holds_intact(const hash::Digest& name) const {
  const auto found = hash::sha256_file(path_of(name));
  return found.ok() && *found == name;
}

/// Gives a finished partial file its name. A damaged blob of that name is replaced.
core::Result<void> DirectoryStore::adopt(const fs::path& partial, const hash::Digest& name) {
  const fs::path path = path_of(name);
  if (!fs::is_directory(path.parent_path())) {
    TRY(core::make_directories(path.parent_path()));
    TRY(core::sync_directory(root_ / "objects"));
  }
  if (::rename(partial.c_str(), path.c_str()) != 0) return system_error("naming the blob", path);
  return core::sync_directory(path.parent_path());
}

core::Result<hash::Digest> DirectoryStore::put(core::ByteView content) {
  const hash::Digest name = hash::sha256(content);
  if (holds_intact(name)) return name;
  const fs::path partial = root_ / "partial" / partial_name();
  const auto write = [&]() -> core::Result<void> {
    const core::UniqueFd file = TRY(create_new(partial));
    TRY(write_all(file, content, partial));
    if (::fsync(file.get()) != 0) return system_error("writing", partial);
    return adopt(partial, name);
  };
  const auto written = write();
  if (written.ok()) return name;
  ::unlink(partial.c_str());
  return written.error();
}

core::Result<hash::Digest> DirectoryStore::put_file(const fs::path& path, std::uint64_t max_bytes) {
  const core::UniqueFd source = TRY(open_regular(path));
  const fs::path partial = root_ / "partial" / partial_name();
  hash::Digest name;
  const auto write = [&]() -> core::Result<void> {
    const core::UniqueFd file = TRY(create_new(partial));
    hash::Sha256 digest;
    TRY(read_pieces(source, max_bytes, path, [&](core::ByteView piece) {
      digest.update(piece);
      return write_all(file, piece, partial);
    }));
    if (::fsync(file.get()) != 0) return system_error("writing", partial);
    name = digest.finish();
    return adopt(partial, name);
  };
  const auto written = write();
  if (written.ok()) return name;
  ::unlink(partial.c_str());
  return written.error();
}

core::Result<core::Bytes> DirectoryStore::get(const hash::Digest& name, std::uint64_t max_bytes) const {
  const fs::path path = path_of(name);
  auto file = open_regular(path);
  if (!file.ok()) return named_error(file.error(), name);
  core::Bytes content;
  TRY(read_pieces(*file, max_bytes, path, [&](core::ByteView piece) -> core::Result<void> {
    content.insert(content.end(), piece.begin(), piece.end());
    return {};
  }));
  if (hash::sha256(content) != name) return corrupt_blob(name);
  return content;
}

core::Result<void> DirectoryStore::copy_to(const hash::Digest& name, const fs::path& destination,
                                           std::uint64_t max_bytes) const {
  const fs::path path = path_of(name);
  auto source = open_regular(path);
  if (!source.ok()) return named_error(source.error(), name);
  const core::UniqueFd target = TRY(create_new(destination));
  const auto copy = [&]() -> core::Result<void> {
    hash::Sha256 digest;
    TRY(read_pieces(*source, max_bytes, path, [&](core::ByteView piece) {
      digest.update(piece);
      return write_all(target, piece, destination);
    }));
    if (digest.finish() != name) return corrupt_blob(name);
    if (::fsync(target.get()) != 0) return system_error("writing", destination);
    return {};
  };
  auto copied = copy();
  if (!copied.ok()) ::unlink(destination.c_str());  // ours: create_new made it
  return copied;
}

core::Result<std::optional<std::uint64_t>> DirectoryStore::size(const hash::Digest& name) const {
  struct stat facts {};
  const fs::path path = path_of(name);
  if (::lstat(path.c_str(), &facts) != 0) {
    if (errno == ENOENT) return std::optional<std::uint64_t>();
    return system_error("looking at", path);
  }
  return std::optional<std::uint64_t>(static_cast<std::uint64_t>(facts.st_size));
}

core::Result<std::vector<hash::Digest>> DirectoryStore::list() const {
  std::vector<hash::Digest> names;
  std::error_code code;
  for (fs::directory_iterator folder(root_ / "objects", code), end; !code && folder != end; folder.increment(code)) {
    for (fs::directory_iterator entry(folder->path(), code); !code && entry != end; entry.increment(code)) {
      const auto name = hash::Digest::parse(entry->path().filename().string());
      if (name.ok() && path_of(*name) == entry->path()) names.push_back(*name);
    }
    if (code == std::errc::not_a_directory) code.clear();  // a foreign file
  }
  if (code) return core::internal("listing " + root_.string() + ": " + code.message());
  std::sort(names.begin(), names.end());
  return names;
}

core::Result<void> DirectoryStore::remove(const hash::Digest& name) {
  const fs::path path = path_of(name);
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return system_error("removing", path);
  }
  return core::sync_directory(path.parent_path());
}

}  // namespace noonmark::blobs
