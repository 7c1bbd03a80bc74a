#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"
#include "edge/source/source.h"
#include "model/package/manifest.h"

namespace noonmark::source {

/// One file of a hub's repository, below the folder asked for.
struct HubFile {
  std::string path;
  std::uint64_t size = 0;
  std::optional<hash::Digest> sha256;  ///< the hub tells it for large files only
};

/// What a hub says about a repository at one commit.
struct HubListing {
  std::string commit;   ///< 40 hexadecimal digits
  std::string licence;  ///< the hub's own word ("apache-2.0"); empty where it says nothing
  std::vector<HubFile> files;

  const HubFile* find(std::string_view path) const;
};

/// "/api/models/OWNER/NAME/revision/REVISION?blobs=true": the listing with sizes and digests.
std::string listing_target(const HubFolder& folder);
/// A path with what is no plain character of a URL escaped.
std::string escaped(std::string_view path);
/// "/OWNER/NAME/resolve/REVISION/FOLDER/PATH", escaped.
std::string file_target(const HubFolder& folder, std::string_view path);

/// Reads the answer to listing_target(). Fails: corrupt (not such an answer), invalid (a path that climbs out, another
/// commit than the one asked for), not_found (nothing below the folder), exhausted (too many files).
core::Result<HubListing> parse_listing(const codec::Json& answer, const HubFolder& folder,
                                       const package::Limits& limits);

/// The files of diffusers' ONNX layout that running needs: graphs, their data, configurations, vocabularies.
/// Fails: invalid (no model_index.json, no graph), exhausted (beyond limits).
core::Result<std::vector<HubFile>> choose_model_files(const HubListing& listing, const package::Limits& limits);

/// Where the forges that there are serve a tag's files: one of these URLs, "/" and the file's path. A forge answers
/// "not found" to the forms of the others. Files that Git LFS holds come as themselves, not as their pointers.
std::vector<std::string> raw_folders(const GitTag& source);

}  // namespace noonmark::source
