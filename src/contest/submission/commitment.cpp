#include "contest/submission/commitment.h"

#include <algorithm>

namespace noonmark::submission {
namespace {

constexpr std::string_view kMagic = "NM1";

class Writer {
 public:
  explicit Writer(char kind) : bytes_(kMagic.begin(), kMagic.end()) {
    bytes_.push_back(static_cast<std::uint8_t>(kind));
  }
  void add(core::ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  core::Bytes take() { return std::move(bytes_); }

 private:
  core::Bytes bytes_;
};

/// Reads fields of known size; the caller has compared the whole length before.
class Reader {
 public:
  explicit Reader(core::ByteView bytes) : bytes_(bytes) {}
  template <std::size_t n>
  void read(std::array<std::uint8_t, n>& field) {
    std::ranges::copy(bytes_.first(n), field.begin());
    bytes_ = bytes_.subspan(n);
  }
  core::ByteView rest() const { return bytes_; }

 private:
  core::ByteView bytes_;
};

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

core::Bytes write(const Sealed& record) {
  Writer writer('S');
  writer.add(record.tag);
  writer.add(record.digest.bytes);
  return writer.take();
}

core::Result<core::Bytes> write(const Open& record) {
  if (record.pointer.size() > kMaxPointer) {
    return core::invalid("the pointer to the package has more than " + std::to_string(kMaxPointer) +
                         " bytes; use a shorter address");
  }
  Writer writer('O');
  writer.add(record.tag);
  writer.add(record.content.bytes);
  writer.add(record.salt);
  writer.add(record.pointer);
  return writer.take();
}

core::Result<core::Bytes> write(const Evidence& record) {
  if (record.url.size() > kMaxUrl || !is_printable(record.url)) {
    return core::invalid("the address of the evidence must be at most " + std::to_string(kMaxUrl) +
                         " printable characters");
  }
  Writer writer('E');
  writer.add(record.tag);
  std::array<std::uint8_t, 4> day{};
  for (std::size_t i = 0; i < day.size(); ++i) day[i] = static_cast<std::uint8_t>(record.day >> (8 * i));
  writer.add(day);
  writer.add(record.bundle.bytes);
  writer.add(record.winner.bytes);
  writer.add(core::as_bytes(record.url));
  return writer.take();
}

Sealed read_sealed(Reader reader) {
  Sealed record;
  reader.read(record.tag);
  reader.read(record.digest.bytes);
  return record;
}

Open read_open(Reader reader) {
  Open record;
  reader.read(record.tag);
  reader.read(record.content.bytes);
  reader.read(record.salt);
  record.pointer.assign(reader.rest().begin(), reader.rest().end());
  return record;
}

Evidence read_evidence(Reader reader) {
  Evidence record;
  std::array<std::uint8_t, 4> day{};
  reader.read(record.tag);
  reader.read(day);
  reader.read(record.bundle.bytes);
  reader.read(record.winner.bytes);
  for (std::size_t i = 0; i < day.size(); ++i) record.day |= static_cast<std::uint32_t>(day[i]) << (8 * i);
  record.url = core::as_text(reader.rest());
  return record;
}

constexpr std::size_t kHead = 4, kSealedSize = kHead + 8 + 32, kOpenSize = kHead + 8 + 32 + 16,
                      kEvidenceSize = kHead + 8 + 4 + 32 + 32;
static_assert(kOpenSize + kMaxPointer == kMaxRecord && kEvidenceSize + kMaxUrl == kMaxRecord);

}  // namespace

Tag tag_of(std::string_view contest_id) {
  Tag tag{};
  std::ranges::copy_n(hash::sha256(contest_id).bytes.begin(), tag.size(), tag.begin());
  return tag;
}

core::Result<core::Bytes> encode(const Record& record) {
  if (const auto* sealed = std::get_if<Sealed>(&record)) return write(*sealed);
  if (const auto* open = std::get_if<Open>(&record)) return write(*open);
  if (const auto* evidence = std::get_if<Evidence>(&record)) return write(*evidence);
  return core::invalid("a foreign record can't be written");
}

Record decode(core::ByteView bytes) {
  const std::string_view text = core::as_text(bytes);
  if (!text.starts_with(kMagic) || bytes.size() < kHead || bytes.size() > kMaxRecord) return read_foreign(bytes);
  const char kind = text[kMagic.size()];
  const Reader reader(bytes.subspan(kHead));
  if (kind == 'S' && bytes.size() == kSealedSize) return read_sealed(reader);
  if (kind == 'O' && bytes.size() >= kOpenSize) return read_open(reader);
  if (kind == 'E' && bytes.size() >= kEvidenceSize && is_printable(text.substr(kEvidenceSize))) {
    return read_evidence(reader);
  }
  return Foreign{};
}

hash::Digest seal(const AccountId& hotkey, const Open& opened) {
  hash::Sha256 digest;
  digest.update(core::as_bytes("noonmark sealed entry 1\n"));
  digest.update(hotkey.bytes);
  digest.update(opened.tag);
  digest.update(opened.content.bytes);
  digest.update(opened.salt);
  digest.update(opened.pointer);
  return digest.finish();
}

}  // namespace noonmark::submission
