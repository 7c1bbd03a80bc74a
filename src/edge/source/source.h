#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/core/result.h"
#include "crypto/hash/hash.h"

namespace noonmark::source {

/// A packed package (`.tar.zst`) at a URL, with its SHA-256 where it is known.
struct ArchiveUrl {
  std::string url;
  std::optional<hash::Digest> sha256;
  bool operator==(const ArchiveUrl&) const = default;
};

/// A folder of a model repository on a Hugging Face hub at one revision: a branch, a tag or, pinned, a commit.
struct HubFolder {
  std::string owner, name;
  std::string revision = "main";
  std::string folder;  ///< empty: the repository's root
  bool operator==(const HubFolder&) const = default;
};

/// A package that is the root of a Git repository, at a tag, on a forge that serves single files over HTTP (GitHub,
/// GitLab, Forgejo, Gitea). A tag can be moved: what fixes the bytes is the package's content digest.
struct GitTag {
  std::string repository;  ///< "https://HOST/PATH", without ".git"
  std::string tag;
  bool operator==(const GitTag&) const = default;
};

using Source = std::variant<ArchiveUrl, HubFolder, GitTag>;

/// Where a package comes from, as people write it:
///   https://HOST/PATH.tar.zst[#sha256=HEX]
///   hf:OWNER/NAME[@REVISION][/FOLDER]
///   git+https://HOST/PATH@TAG
/// Fails: invalid, with the forms that are known.
core::Result<Source> parse_source(std::string_view text);

/// The same back as text; parse_source() of it gives an equal source.
std::string to_text(const Source& source);

}  // namespace noonmark::source
