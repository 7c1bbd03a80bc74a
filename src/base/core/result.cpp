#include "base/core/result.h"

#include <cerrno>
#include <system_error>

namespace noonmark::core {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::invalid:
      return "invalid";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::denied:
      return "denied";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::exhausted:
      return "exhausted";
    case ErrorKind::timeout:
      return "timeout";
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::corrupt:
      return "corrupt";
    case ErrorKind::internal:
      return "internal";
  }
  return "internal";
}

Error Error::with_context(std::string_view context) const { return {kind, std::string(context) + ": " + message}; }

Error error(ErrorKind kind, std::string message) { return {kind, std::move(message)}; }
Error usage(std::string message) { return {ErrorKind::usage, std::move(message)}; }
Error invalid(std::string message) { return {ErrorKind::invalid, std::move(message)}; }
Error not_found(std::string message) { return {ErrorKind::not_found, std::move(message)}; }
Error denied(std::string message) { return {ErrorKind::denied, std::move(message)}; }
Error conflict(std::string message) { return {ErrorKind::conflict, std::move(message)}; }
Error exhausted(std::string message) { return {ErrorKind::exhausted, std::move(message)}; }
Error timeout(std::string message) { return {ErrorKind::timeout, std::move(message)}; }
Error cancelled(std::string message) { return {ErrorKind::cancelled, std::move(message)}; }
Error unavailable(std::string message) { return {ErrorKind::unavailable, std::move(message)}; }
Error corrupt(std::string message) { return {ErrorKind::corrupt, std::move(message)}; }
Error internal(std::string message) { return {ErrorKind::internal, std::move(message)}; }

Error from_errno(int number, std::string_view doing) {
  ErrorKind kind = ErrorKind::internal;
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      kind = ErrorKind::not_found;
      break;
    case EACCES:
    case EPERM:
    case ELOOP:
      kind = ErrorKind::denied;
      break;
    case EEXIST:
      kind = ErrorKind::conflict;
      break;
    case ENOSPC:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EDQUOT:
      kind = ErrorKind::exhausted;
      break;
    case ETIMEDOUT:
      kind = ErrorKind::timeout;
      break;
    case ECONNREFUSED:
    case EAGAIN:
      kind = ErrorKind::unavailable;
      break;
    default:
      break;
  }
  return {kind, std::string(doing) + ": " + std::generic_category().message(number)};
}

}  // namespace noonmark::core
