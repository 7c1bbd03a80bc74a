#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "contest/conduct/state.h"
#include "crypto/sign/sign.h"
#include "storage/blobs/store.h"

namespace noonmark::conduct {

/// A finished contest, recomputed from its final record.
struct Replay {
  State state;             ///< Everything that the records say; its verdict is the recomputed one.
  hash::Digest name;       ///< sha256 of the final record's text.
  sign::PublicKey signer;  ///< Who conducted; every record is signed by it.
};

/// Recomputes everything that follows from the raw values of a final record: admissions, inputs, seeds, every metric
/// with its interval, every fidelity score, the verdict with its weights; and compares each with what stands in the
/// record, byte for byte. A pure function of the text.
/// Fails: corrupt, naming the place as a JSON path ("$.records[7].body.metrics.load_time.low: …") or a byte offset.
core::Result<Replay> replay(std::string_view text);

/// replay(), and before it: the text is canonical to the last byte, every record is signed by the same key (`signer`,
/// when given), names the record before it, and the last one seals them all. So no byte can differ unnoticed from what
/// the validator signed.
/// Fails: as replay; denied when another than `signer` signed.
core::Result<Replay> verify(std::string_view text, const std::optional<sign::PublicKey>& signer = std::nullopt);

/// Compares the pictures that the records name with those in `store`. Returns how many there are.
/// Fails: not_found, corrupt: naming the picture and its place in the record.
core::Result<std::size_t> verify_pictures(const Replay& replay, const blobs::Store& store);

}  // namespace noonmark::conduct
