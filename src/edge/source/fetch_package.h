#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "edge/source/source.h"
#include "model/package/archive.h"
#include "model/package/package.h"
#include "net/fetch/fetch.h"

namespace noonmark::source {

/// A Hugging Face hub.
struct Hub {
  std::string endpoint = "https://huggingface.co";
  std::string token;  ///< of a reader of closed repositories; empty: none. Never part of a message or record.
};

struct FetchLimits {
  package::ArchiveLimits archive;            ///< and through `.package` those of a hub's folder
  core::Nanos time = std::chrono::hours(6);  ///< for everything together
};

struct Fetched {
  package::Package package;
  Source pinned;  ///< names exactly these bytes: with a digest, or at a commit; a Git tag stays what it is
  std::uint64_t bytes = 0;
};

/// Told what is being fetched, and its bytes so far; total is 0 while unknown.
using Progress = std::function<void(std::string_view file, std::uint64_t done, std::uint64_t total)>;

/// Fetches a package into `target`, which must not exist or be empty, and verifies it as Package::open does.
///
/// A hub's folder with a noonmark.json gives what that lists. One without must have the layout of diffusers' ONNX
/// exports (model_index.json); its graphs, configurations and vocabularies are fetched and get an unsigned manifest
/// that names the repository and its licence. At a Git tag there must be a noonmark.json. What has arrived before a
/// break waits beside `target` (TARGET.fetch-…) for the next run. Fails: as Fetcher's calls, package::unpack and
/// Package::open; invalid (unsafe path in a listing, another layout), exhausted (beyond limits), conflict (`target`
/// isn't empty). Threads: as `fetcher`.
core::Result<Fetched> fetch_package(const Source& source, fetch::Fetcher& fetcher, const core::Clock& clock,
                                    const std::filesystem::path& target, const Hub& hub = {},
                                    const FetchLimits& limits = {}, const Progress& progress = {});

}  // namespace noonmark::source
