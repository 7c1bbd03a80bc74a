#pragma once
#include "base/core/result.h"

namespace noonmark::cli {

/// The program's exit codes. They are part of its interface and don't change.
enum class ExitCode : int {
  ok = 0,
  no = 1,  ///< the program worked, and the answer is no (a record that doesn't verify, a machine that isn't ready)
  usage = 2,
  bad_input = 3,
  unavailable = 4,  ///< something outside is missing or down, or the work was interrupted; trying again may help
  internal = 5,
};

constexpr ExitCode exit_code(core::ErrorKind kind) {
  switch (kind) {
    case core::ErrorKind::usage:
      return ExitCode::usage;
    case core::ErrorKind::invalid:
    case core::ErrorKind::not_found:
    case core::ErrorKind::denied:
    case core::ErrorKind::conflict:
    case core::ErrorKind::exhausted:
    case core::ErrorKind::corrupt:
      return ExitCode::bad_input;
    case core::ErrorKind::timeout:
    case core::ErrorKind::cancelled:
    case core::ErrorKind::unavailable:
      return ExitCode::unavailable;
    case core::ErrorKind::internal:
      break;
  }
  return ExitCode::internal;
}

}  // namespace noonmark::cli
