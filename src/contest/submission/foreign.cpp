#include "contest/submission/foreign.h"

#include <algorithm>
#include <bit>
#include <string_view>

#include "base/codec/text.h"

namespace noonmark::submission {
namespace {

/// Takes big-endian fields from the front; `ok` is false after the first that isn't there.
class Reader {
 public:
  explicit Reader(core::ByteView bytes) : bytes_(bytes) {}

  std::uint32_t integer(std::size_t size) {
    std::uint32_t value = 0;
    for (const std::uint8_t byte : take(size)) value = (value << 8) | byte;
    return value;
  }
  float real() { return std::bit_cast<float>(integer(4)); }
  std::string hex(std::size_t size) { return codec::hex(take(size)); }
  /// One length byte, then printable text that isn't empty.
  std::string text() {
    const std::string_view text = core::as_text(take(integer(1)));
    const bool printable = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
    ok_ = ok_ && printable && !text.empty();
    return std::string(text);
  }
  bool at_end() const { return ok_ && bytes_.empty(); }
  bool ok() const { return ok_; }
  std::size_t left() const { return bytes_.size(); }

 private:
  core::ByteView take(std::size_t size) {
    ok_ = ok_ && size <= bytes_.size();
    if (!ok_) return {};
    const core::ByteView field = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return field;
  }

  core::ByteView bytes_;
  bool ok_ = true;
};

constexpr std::size_t kDateBytes = 12;  // year, month and day of one day's version

/// Specs 0 and 1: the version stands behind the repository and the time.
Foreign read_checkpoint(Reader reader) {
  ForeignEntry entry;
  entry.repository = reader.text();
  entry.average_time = reader.real();
  const std::uint32_t spec = reader.integer(4);
  entry.contest = reader.integer(4);
  if (spec == 0 && reader.left() == kDateBytes) reader.hex(kDateBytes);
  if (!reader.at_end() || spec > 1) return {};
  return {static_cast<int>(spec), {std::move(entry)}};
}

ForeignEntry read_entry(Reader& reader, int spec) {
  ForeignEntry entry;
  entry.repository = reader.text();
  if (spec == 2) entry.average_time = reader.real();
  if (spec == 4) entry.revision = reader.text();
  if (spec >= 5) {
    entry.repository += "/" + reader.text();
    entry.revision = reader.hex(7);
  }
  entry.contest = reader.integer(2);
  return entry;
}

}  // namespace

Foreign read_foreign(core::ByteView bytes) {
  Reader reader(bytes);
  const auto spec = static_cast<int>(reader.integer(2));
  // An older record begins with the length of a name, so its first two bytes are never this small a number.
  if (spec > 8) return read_checkpoint(Reader(bytes));
  if (spec < 2 || spec == 3) return {};
  Foreign foreign{spec, {}};
  do {
    foreign.entries.push_back(read_entry(reader, spec));
  } while (spec >= 5 && reader.ok() && !reader.at_end());
  return reader.at_end() ? foreign : Foreign{};
}

}  // namespace noonmark::submission
