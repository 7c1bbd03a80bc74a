#include "crypto/sign/private_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/core/files.h"

namespace noonmark::sign {
namespace {

core::Error system_error(std::string_view doing, const std::filesystem::path& path) {
  const int code = errno;  // before anything allocates
  return core::from_errno(code, std::string(doing) + " " + path.string());
}

core::Result<void> write_all(int descriptor, core::ByteView content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t count = ::write(descriptor, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return system_error("writing the key file", path);
    content = content.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

core::Result<void> check_private(int descriptor, const std::filesystem::path& path) {
  struct stat facts {};
  if (::fstat(descriptor, &facts) != 0) return system_error("looking at the key file", path);
  const std::string name = path.string();
  if (!S_ISREG(facts.st_mode)) return core::denied("the key file " + name + " isn't a regular file");
  if (facts.st_uid != ::geteuid()) {
    return core::denied("the key file " + name + " belongs to another user; mend it with: chown \"$(id -un)\" '" +
                        name + "'");
  }
  if ((facts.st_mode & 077) != 0) {
    return core::denied("the key file " + name + " is open to other users; mend it with: chmod 600 '" + name + "'");
  }
  return {};
}

/// Creates the file under a name of its own, complete and on disk.
core::Result<void> write_new_file(const std::filesystem::path& path, core::ByteView content) {
  ::unlink(path.c_str());  // left by a killed process
  const core::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0) return system_error("creating", path);
  TRY(write_all(file.get(), content, path));
  if (::fsync(file.get()) != 0) return system_error("writing", path);
  return {};
}

}  // namespace

core::Result<void> create_private_file(const std::filesystem::path& path, core::ByteView content) {
  std::filesystem::path partial = path;
  partial += ".partial." + std::to_string(::getpid());
  if (const auto written = write_new_file(partial, content); !written.ok()) {
    ::unlink(partial.c_str());
    return written;
  }
  // link() refuses to replace, so an existing key can't be lost even when two processes come at once.
  const int linked = ::link(partial.c_str(), path.c_str());
  const int reason = errno;
  ::unlink(partial.c_str());
  errno = reason;
  if (linked != 0) return system_error("creating the key file", path);
  const std::filesystem::path folder = path.parent_path();
  return core::sync_directory(folder.empty() ? std::filesystem::path(".") : folder);
}

core::Result<SecretBytes> read_private_file(const std::filesystem::path& path, std::size_t max_bytes) {
  const core::UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) {
    if (errno == ELOOP) return core::denied("the key file " + path.string() + " is a link; name the file itself");
    return system_error("opening the key file", path);
  }
  TRY(check_private(file.get(), path));
  SecretBytes content{core::Bytes(max_bytes + 1)};
  std::size_t size = 0;
  while (size < content->size()) {
    const ssize_t count = ::read(file.get(), content->data() + size, content->size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("reading the key file", path);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > max_bytes) return core::exhausted(path.string() + " is too long to be a key file");
  content->resize(size);
  return content;
}

}  // namespace noonmark::sign
