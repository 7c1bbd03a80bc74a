#include "ledger/scale/codec.h"

namespace noonmark::scale {

Writer& Writer::compact(std::uint64_t value) {
  if (value < (1u << 6)) return number(static_cast<std::uint8_t>(value << 2));
  if (value < (1u << 14)) return number(static_cast<std::uint16_t>(value << 2 | 1));
  if (value < (1u << 30)) return number(static_cast<std::uint32_t>(value << 2 | 2));
  std::uint8_t count = 4;
  while (count < 8 && value >> (8 * count) != 0) ++count;
  number(static_cast<std::uint8_t>((count - 4) << 2 | 3));
  for (std::uint8_t i = 0; i < count; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return *this;
}

Writer& Writer::raw(core::ByteView bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

Writer& Writer::bytes(core::ByteView bytes) { return compact(bytes.size()).raw(bytes); }

core::Error Reader::wrong(std::string_view what) const {
  return core::invalid("SCALE at byte " + std::to_string(at_) + ": " + std::string(what));
}

core::Result<core::ByteView> Reader::raw(std::size_t count) {
  if (count > left()) return wrong(std::to_string(count) + " bytes wanted, " + std::to_string(left()) + " left");
  const core::ByteView found = bytes_.subspan(at_, count);
  at_ += count;
  return found;
}

core::Result<U128> Reader::number128() {
  U128 value;
  value.low = TRY(number<std::uint64_t>());
  value.high = TRY(number<std::uint64_t>());
  return value;
}

core::Result<bool> Reader::boolean() {
  const std::uint8_t value = TRY(number<std::uint8_t>());
  if (value > 1) return wrong("a boolean is 0 or 1");
  return value == 1;
}

core::Result<std::uint64_t> Reader::compact() {
  const std::uint8_t first = TRY(number<std::uint8_t>());
  const unsigned mode = first & 3u;
  const std::size_t more = mode == 0 ? 0 : mode == 1 ? 1 : mode == 2 ? 3 : (first >> 2) + 4u;
  if (more > 8) return wrong("a compact number beyond 64 bits");
  const core::ByteView rest = TRY(raw(more));
  std::uint64_t value = mode == 3 ? 0 : first >> 2;
  const unsigned shift = mode == 3 ? 0 : 6;
  for (std::size_t i = 0; i < more; ++i) value |= std::uint64_t{rest[i]} << (8 * i + shift);
  if (Writer().compact(value).view().size() != more + 1)
    return wrong("a compact number that isn't in its shortest form");
  return value;
}

core::Result<std::size_t> Reader::length(std::size_t item_bytes, std::size_t max_items) {
  const std::uint64_t count = TRY(compact());
  if (count > max_items) return wrong(std::to_string(count) + " items, more than " + std::to_string(max_items));
  if (item_bytes > 0 && count > left() / item_bytes) return wrong("more items than bytes");
  return static_cast<std::size_t>(count);
}

core::Result<core::ByteView> Reader::bytes(std::size_t max_bytes) { return raw(TRY(length(1, max_bytes))); }

core::Result<std::string> Reader::text(std::size_t max_bytes) {
  return std::string(core::as_text(TRY(bytes(max_bytes))));
}

core::Result<void> Reader::finish() const {
  if (left() > 0) return wrong(std::to_string(left()) + " bytes too many");
  return {};
}

}  // namespace noonmark::scale
