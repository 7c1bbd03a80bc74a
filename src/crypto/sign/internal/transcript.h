#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/core/bytes.h"

namespace noonmark::sign {

/// The part of STROBE-128 (v1.0.2, strobe.sourceforge.io/specs) that Merlin needs. Wiped when destroyed.
class Strobe128 {
 public:
  explicit Strobe128(std::string_view protocol);
  Strobe128(const Strobe128&) = default;
  Strobe128& operator=(const Strobe128&) = default;
  ~Strobe128();

  /// `more` continues the operation before, which must be of the same kind.
  void meta_ad(core::ByteView data, bool more);
  void ad(core::ByteView data);
  void prf(std::span<std::uint8_t> out);

 private:
  void begin(std::uint8_t flags);
  void absorb(core::ByteView data);
  void permute();
  void mix(std::size_t position, std::uint8_t byte);

  std::array<std::uint64_t, 25> lanes_{};
  std::uint8_t position_ = 0, begin_ = 0, flags_ = 0;
};

/// A Merlin transcript (merlin.cool, v1.0): what a Fiat-Shamir proof has said so far, and the challenges that follow
/// from it. A copy is a fork. Threads: a plain value. Wiped when destroyed.
class Transcript {
 public:
  explicit Transcript(std::string_view protocol);
  /// Requires data shorter than 4 GiB.
  void append(std::string_view label, core::ByteView data);
  void append(std::string_view label, std::string_view text) { append(label, core::as_bytes(text)); }
  void challenge(std::string_view label, std::span<std::uint8_t> out);

 private:
  void announce(std::string_view label, std::size_t size);

  Strobe128 strobe_{"Merlin v1.0"};
};

}  // namespace noonmark::sign
