#include "base/core/directory_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>

namespace noonmark::core {

Result<DirectoryLock> DirectoryLock::acquire(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "lock";
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.valid()) return from_errno(errno, "opening " + file.string());
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return DirectoryLock(std::move(fd));
  if (errno != EWOULDBLOCK) return from_errno(errno, "locking " + file.string());
  return conflict(directory.string() + " is in use by another process; stop that one, or name another directory");
}

}  // namespace noonmark::core
