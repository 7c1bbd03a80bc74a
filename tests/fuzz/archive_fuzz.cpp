#include "base/core/check.h"
#include "model/package/archive.h"

// An archive that is accepted, packed again and unpacked, holds the same files.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  package::ArchiveLimits limits;
  limits.package.total_bytes = 1 << 20;
  limits.free_bytes = 1 << 20;
  const auto unpacked = package::unpack_bytes({data, size}, limits);
  if (!unpacked.ok()) return 0;
  const auto packed = package::pack_bytes(*unpacked, 1);
  CHECK(packed.ok(), "an unpacked package can't be packed");
  const auto again = package::unpack_bytes(*packed, limits);
  CHECK(again.ok(), "a packed package can't be unpacked");
  CHECK(again->files == unpacked->files);
  CHECK(package::content_digest(again->manifest) == package::content_digest(unpacked->manifest));
  return 0;
}
