#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/codec/json.h"
#include "base/core/result.h"
#include "crypto/hash/hash.h"

namespace noonmark::record {

/// The name of a record: sha256 over its canonical JSON bytes.
hash::Digest name_of(const codec::Json& json);

/// The envelope of one stage's record. Records of a contest form a chain: each names the one before it, so that whoever
/// holds the last name can check them all. Never changed after it was written.
struct SealedRecord {
  std::string kind = {};                      ///< Which stage and which body: [a-z0-9_-]{1,64}, e.g. "measurement".
  int version = 1;                            ///< Of the body's format, >= 1.
  std::optional<hash::Digest> previous = {};  ///< Name of the sealed record of the stage before; none for the first.
  codec::Json body = {};
  std::string signer = {};  ///< ed25519 public key in hex (64 digits), or empty when not signed.
  std::string signature =
      {};  ///< ed25519 signature in hex (128 digits) over bytes_to_sign(), or empty when not signed.
  bool operator==(const SealedRecord&) const = default;
};

/// What the signature covers: a domain word, then the canonical JSON of everything except the signature itself.
std::string bytes_to_sign(const SealedRecord& record);

/// The record's name: sha256 over its canonical JSON, signature included.
hash::Digest name_of(const SealedRecord& record);

codec::Json to_json(const SealedRecord& record);
/// Checks the envelope, not the body, the signature or the chain. Fails: invalid.
core::Result<SealedRecord> sealed_record_from_json(const codec::Json& json);

}  // namespace noonmark::record
