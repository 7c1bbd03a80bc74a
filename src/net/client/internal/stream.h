#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/core/clock.h"
#include "base/core/result.h"

// Reading and writing of a non-blocking stream socket within a deadline.
namespace noonmark::client::internal {

/// Waits for `events` of poll(2). Fails: timeout, internal.
core::Result<void> wait_for(int socket, short events, const core::Deadline& deadline);

/// Writes everything, or stops early without an error when the other side has already closed: its answer may still be
/// readable. Fails: as wait_for.
core::Result<void> send_all(int socket, std::string_view head, std::string_view body, const core::Deadline& deadline);

/// Puts what has arrived behind the `filled` bytes of `buffer` and returns how much that is; 0 means that the other
/// side has closed. Fails: as wait_for.
core::Result<std::size_t> receive(int socket, std::vector<char>& buffer, std::size_t filled,
                                  const core::Deadline& deadline);

}  // namespace noonmark::client::internal
