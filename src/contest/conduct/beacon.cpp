#include "base/core/random.h"
#include "contest/conduct/collaborators.h"

namespace noonmark::conduct {

core::Result<Beacon::Value> LocalBeacon::draw(core::UnixNanos) {
  core::Bytes bytes(32);
  core::fill_secure_random(bytes);
  return Value{std::move(bytes), "random bytes of the validator that signs"};
}

core::Result<Beacon::Value> FixedBeacon::draw(core::UnixNanos) {
  return Value{bytes_, "fixed by whoever started the contest"};
}

}  // namespace noonmark::conduct
