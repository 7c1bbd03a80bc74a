#include "base/core/file_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>

namespace noonmark::core {

Result<std::optional<FileLock>> FileLock::try_lock(const std::filesystem::path& file) {
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.valid()) return from_errno(errno, "cannot open " + file.string());
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return std::optional(FileLock(std::move(fd)));
  if (errno == EWOULDBLOCK) return std::optional<FileLock>();
  return from_errno(errno, "cannot lock " + file.string());
}

}  // namespace noonmark::core
