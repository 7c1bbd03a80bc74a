#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "ledger/scale/codec.h"

// Lists of numbers, one place for each neuron, are what is read and written most: every registration grows nine of
// them. So their bytes are taken all at once. Without the length in front.
namespace noonmark::runtime {

template <class T>
void write_numbers(scale::Writer& out, const std::vector<T>& values) {
  core::Bytes bytes(values.size() * sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T value = values[i];
    for (std::size_t b = 0; b < sizeof(T); ++b) bytes[i * sizeof(T) + b] = static_cast<std::uint8_t>(value >> (8 * b));
  }
  out.raw(bytes);
}
template <class T>
core::Result<std::vector<T>> read_numbers(scale::Reader& in, std::size_t count) {
  const core::ByteView bytes = TRY(in.raw(count * sizeof(T)));
  std::vector<T> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t value = 0;
    for (std::size_t b = 0; b < sizeof(T); ++b) value |= std::uint64_t{bytes[i * sizeof(T) + b]} << (8 * b);
    if (std::is_same_v<T, bool> && value > 1) return core::invalid("a boolean that is neither 0 nor 1");
    values[i] = static_cast<T>(value);
  }
  return values;
}

}  // namespace noonmark::runtime
