#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace noonmark::package::internal {

/// One entry of an archive being read.
struct TarEntry {
  std::string path;
  std::uint64_t size = 0;
};

/// Reads a tar archive compressed with Zstandard, entry by entry, from a file or from memory.
/// Threads: one.
class TarReader {
 public:
  /// Fails: not_found, corrupt (another format).
  static core::Result<TarReader> open_file(const std::string& path);
  /// `bytes` must outlive the reader.
  static core::Result<TarReader> open_bytes(core::ByteView bytes);
  TarReader(TarReader&&) noexcept;
  ~TarReader();

  /// The next entry; false at the end. Refuses entries that aren't plain files.
  /// Fails: corrupt, invalid (link, device, folder, sparse file).
  core::Result<bool> next(TarEntry& entry);

  /// The next piece of the entry's data; empty at its end. Valid until the next call. Fails: corrupt.
  core::Result<core::ByteView> read();

  /// Bytes of the archive read so far.
  std::uint64_t packed_bytes() const;

 private:
  struct State;
  explicit TarReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Writes such an archive; `sink` takes its bytes.
class TarWriter {
 public:
  using Sink = std::function<core::Result<void>(core::ByteView)>;
  static core::Result<TarWriter> open(Sink sink, int level);
  TarWriter(TarWriter&&) noexcept;
  ~TarWriter();

  core::Result<void> begin(const std::string& path, std::uint64_t size);
  core::Result<void> write(core::ByteView bytes);
  /// Ends the archive. Fails: what the sink said.
  core::Result<void> finish();

 private:
  struct State;
  explicit TarWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace noonmark::package::internal
