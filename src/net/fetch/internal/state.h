#pragma once

#include "net/fetch/fetch.h"
#include "net/fetch/internal/follow.h"
#include "net/fetch/internal/transfer.h"

namespace noonmark::fetch {

struct Fetcher::State {
  State(core::Clock& from, Policy given) : clock(&from), policy(std::move(given)), transfer(policy) {}

  core::Result<Answer> fetch(internal::Hop hop, const Bounds& bounds);
  core::Result<codec::Json> fetch_json(internal::Hop hop, const Bounds& bounds);

  core::Clock* clock;
  Policy policy;
  internal::Transfer transfer;
};

}  // namespace noonmark::fetch
