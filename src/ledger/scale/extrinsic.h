#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "crypto/sign/sr25519.h"
#include "ledger/scale/metadata.h"

namespace noonmark::scale {

using Hash = std::array<std::uint8_t, 32>;

/// How long an extrinsic may wait. Mortal ones can't be replayed after their period.
struct Era {
  std::uint64_t period = 0;  ///< Blocks: a power of two from 4 to 65536; 0 is immortal.
  std::uint64_t phase = 0;   ///< Below the period.

  /// Of `period` blocks (rounded up to a power of two within bounds), beginning at block `current`.
  static Era mortal(std::uint64_t current, std::uint64_t period);
  core::Bytes encode() const;
  /// Reads one or two bytes. Fails: invalid.
  static core::Result<Era> decode(class Reader& reader);
  /// The block whose hash is signed along, seen from `current`; the last block that may hold the extrinsic is
  /// birth + period - 1. 0 when immortal.
  std::uint64_t birth(std::uint64_t current) const;
  auto operator<=>(const Era&) const = default;
};

/// What a signature covers besides the call, as the chain stands.
struct SigningContext {
  std::uint32_t spec_version = 0, transaction_version = 0;
  Hash genesis{};
  Era era;
  Hash birth_block{};  ///< The genesis when immortal.
  std::uint32_t nonce = 0;
  std::uint64_t tip = 0;
};

/// A version 4 extrinsic before it is signed. `extra` goes into it, `additional` is only signed.
struct Unsigned {
  core::Bytes call, extra, additional;

  /// What is signed: call ‖ extra ‖ additional, or its blake2b-256 when that is longer than 256 bytes.
  core::Bytes payload() const;
  /// The whole extrinsic, with its length in front.
  core::Bytes sign(const sign::Sr25519Pair& signer) const;
  core::Bytes with_signature(const sign::AccountId& signer, const sign::Sr25519Signature& signature) const;
};

/// Walks the chain's list of extensions in its order. Fails: invalid for an extension that is unknown and adds bytes:
/// signing what one doesn't understand could say anything.
core::Result<Unsigned> prepare(const Metadata& metadata, core::Bytes call, const SigningContext& context);

/// A signed version 4 extrinsic as it stands in a block.
struct Signed {
  sign::AccountId signer;
  sign::Sr25519Signature signature{};
  Era era;
  std::uint32_t nonce = 0;
  std::uint64_t tip = 0;
  core::Bytes extra, call;
};

/// Takes an extrinsic of this chain apart, its length included. Fails: invalid (also for unsigned ones and signatures
/// that aren't sr25519).
core::Result<Signed> parse_signed(const Metadata& metadata, core::ByteView extrinsic);

/// blake2b-256 of the whole extrinsic: its name in blocks and pools.
Hash extrinsic_hash(core::ByteView extrinsic);

}  // namespace noonmark::scale
