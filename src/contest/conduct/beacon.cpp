#include "base/core/random.h"
#include "contest/conduct/collaborators.h"

namespace noonmark::conduct {

core::Result<Beacon::Value> LocalBeacon::draw(core::UnixNanos) {
  core::Bytes bytes(32);
  core::fill_secure_random(bytes);
  return Value{std::move(bytes), "random bytes of the validator that signs"};
}

}  // namespace noonmark::conduct
