#pragma once

#include "net/fetch/internal/transfer.h"

namespace noonmark::fetch::internal {

struct Arrival {
  Head head;
  std::string url;
};

/// Runs `hop` and the redirections that it leads to, within the policy. `sink` gets the bodies of 2xx answers only;
/// other statuses become errors that quote the beginning of the body, but for 304 and 416, which come back.
core::Result<Arrival> follow(Transfer& transfer, const Policy& policy, Hop hop, const core::Deadline& deadline,
                             const Sink& sink);

}  // namespace noonmark::fetch::internal
