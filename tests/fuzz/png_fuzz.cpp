#include "picture_round_trip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return noonmark::fuzz::picture_round_trip(noonmark::image::decode_png, {data, size});
}
