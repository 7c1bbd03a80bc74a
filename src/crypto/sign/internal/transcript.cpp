#include "crypto/sign/internal/transcript.h"

#include <limits>

#include <sodium.h>

#include "base/core/check.h"
#include "crypto/sign/internal/keccak.h"

namespace noonmark::sign {
namespace {

// Bytes of the state that data passes through: 200 less the capacity of 32, less two for padding.
constexpr std::uint8_t kRate = 166;
constexpr std::uint8_t kInbound = 1, kApplication = 2, kCipher = 4, kMeta = 16;

}  // namespace

Strobe128::Strobe128(std::string_view protocol) {
  const std::array<std::uint8_t, 6> header = {1, kRate + 2, 1, 0, 1, 96};
  for (const std::uint8_t byte : header) mix(position_++, byte);
  for (const char c : std::string_view("STROBEv1.0.2")) mix(position_++, static_cast<std::uint8_t>(c));
  position_ = 0;
  keccak_f1600(lanes_);
  meta_ad(core::as_bytes(protocol), false);
}

Strobe128::~Strobe128() { sodium_memzero(lanes_.data(), sizeof lanes_); }

void Strobe128::mix(std::size_t position, std::uint8_t byte) {
  lanes_[position / 8] ^= std::uint64_t{byte} << (8 * (position % 8));
}

void Strobe128::permute() {
  mix(position_, begin_);
  mix(position_ + 1u, 0x04);
  mix(kRate + 1u, 0x80);
  keccak_f1600(lanes_);
  position_ = begin_ = 0;
}

void Strobe128::absorb(core::ByteView data) {
  for (const std::uint8_t byte : data) {
    mix(position_++, byte);
    if (position_ == kRate) permute();
  }
}

void Strobe128::begin(std::uint8_t flags) {
  const std::array<std::uint8_t, 2> frame = {begin_, flags};
  begin_ = position_ + 1;
  flags_ = flags;
  absorb(frame);
  if ((flags & kCipher) != 0 && position_ != 0) permute();
}

void Strobe128::meta_ad(core::ByteView data, bool more) {
  constexpr std::uint8_t kFlags = kMeta | kApplication;
  if (!more) begin(kFlags);
  CHECK(flags_ == kFlags, "only an operation of the same kind can be continued");
  absorb(data);
}

void Strobe128::ad(core::ByteView data) {
  begin(kApplication);
  absorb(data);
}

void Strobe128::prf(std::span<std::uint8_t> out) {
  begin(kInbound | kApplication | kCipher);
  for (std::uint8_t& byte : out) {
    byte = static_cast<std::uint8_t>(lanes_[position_ / 8] >> (8 * (position_ % 8)));
    mix(position_++, byte);  // to zero, so that a later state doesn't tell what came out
    if (position_ == kRate) permute();
  }
}

Transcript::Transcript(std::string_view protocol) { append("dom-sep", protocol); }

void Transcript::announce(std::string_view label, std::size_t size) {
  CHECK(size <= std::numeric_limits<std::uint32_t>::max(), "a transcript takes less than 4 GiB at once");
  std::array<std::uint8_t, 4> length;
  for (std::size_t i = 0; i < 4; ++i) length[i] = static_cast<std::uint8_t>(size >> (8 * i));
  strobe_.meta_ad(core::as_bytes(label), false);
  strobe_.meta_ad(length, true);
}

void Transcript::append(std::string_view label, core::ByteView data) {
  announce(label, data.size());
  strobe_.ad(data);
}

void Transcript::challenge(std::string_view label, std::span<std::uint8_t> out) {
  announce(label, out.size());
  strobe_.prf(out);
}

}  // namespace noonmark::sign
