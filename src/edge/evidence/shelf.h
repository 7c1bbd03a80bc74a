#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "crypto/hash/hash.h"
#include "net/http/message.h"
#include "storage/blobs/store.h"

namespace noonmark::evidence {

/// Where a validator's evidence lies for everybody to read. Everything in its store is public, so the store is one of
/// its own: nothing goes in before its day is over.
///
/// Owner: the program; borrows the store. Threads: answer() from any; publish() one at a time.
class Shelf {
 public:
  /// `folder` keeps which bundle is the latest; it must exist.
  Shelf(blobs::Store& store, std::filesystem::path folder) : store_(store), folder_(std::move(folder)) {}

  /// Puts a sealed bundle on the shelf, whose blobs are in the store already, and makes it its contest's latest.
  /// Returns its name: what the record on the ledger says. Doing it again changes nothing.
  /// Fails: as evidence::open; not_found, naming the first blob that isn't there (or has another size).
  core::Result<hash::Digest> publish(std::string_view sealed);

  /// GET and HEAD of /evidence/<64 hex digits> (bytes that never change, with Range) and of /evidence/latest/<contest>
  /// (the latest bundle). Reads the disk; checks what it reads.
  http::Response answer(const http::Request& request) const;

 private:
  http::Response blob(const http::Request& request, const hash::Digest& name) const;
  http::Response latest(std::string_view contest) const;
  std::filesystem::path pointer(std::string_view contest) const;

  blobs::Store& store_;
  const std::filesystem::path folder_;
};

/// What a Range field asks of `size` bytes: [begin, end). Nothing: it isn't one we answer (several ranges, another
/// unit), and the whole is the right answer (RFC 9110 §14.2). `satisfiable` is false when none of it lies within.
struct ByteRange {
  std::uint64_t begin = 0, end = 0;
  bool satisfiable = true;
};
std::optional<ByteRange> parse_range(std::string_view field, std::uint64_t size);

}  // namespace noonmark::evidence
