#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"
#include "crypto/hash/hash.h"
#include "crypto/sign/sign.h"
#include "crypto/sign/sr25519.h"

namespace noonmark::package {

/// The manifest's file name at the root of a package directory.
inline constexpr std::string_view kManifestName = "noonmark.json";

/// The only manifest format so far.
inline constexpr int kManifestFormat = 1;

/// What a package may be at most. The defaults admit every published Stable Diffusion export.
struct Limits {
  std::size_t files = 4096;                   ///< listed files
  std::uint64_t file_bytes = 32ull << 30;     ///< one file
  std::uint64_t total_bytes = 64ull << 30;    ///< all files together
  std::size_t path_bytes = 240;               ///< one relative path
  std::size_t path_depth = 8;                 ///< segments of one path
  std::uint64_t manifest_bytes = 4ull << 20;  ///< noonmark.json itself
  std::size_t text_bytes = 16384;             ///< description, licence
};

/// One file of a package. `path` is relative, with `/` between segments.
struct FileEntry {
  std::string path;
  std::uint64_t size = 0;
  hash::Digest sha256;
};

enum class GraphOptimization { disabled, basic, extended, all };

/// How the package asks to be run.
struct RuntimeSettings {
  int intra_op_threads = 1;  ///< 0 = the runner decides
  GraphOptimization graph_optimization = GraphOptimization::all;
  std::string execution_provider = "cpu";
  /// Part (folder of the graph, "unet") → symbolic dimension → fixed size. Applied as free-dimension overrides.
  std::map<std::string, std::map<std::string, std::int64_t>> free_dimensions;
  /// True when the parts run fastest at the batch size of one request; several images are then made one by one.
  bool prefer_fixed_batch = false;
};

/// What a request gets that doesn't say otherwise.
struct Defaults {
  int steps = 20;
  double guidance_scale = 4.0;
  int width = 64;   ///< pixels
  int height = 64;  ///< pixels
  /// Scheduler settings under the names of diffusers' scheduler_config.json (`_class_name`, `beta_start` …); replaces
  /// the file scheduler/scheduler_config.json when it isn't empty.
  codec::Json scheduler = codec::Json::object();
};

/// By whose ledger key the package may be entered into a contest: endorsement.h.
struct Endorsement {
  sign::AccountId account;
  sign::Sr25519Signature signature{};
};

/// What `noonmark.json` says about a package: who made it, from what, which files it holds, how to run it.
///
/// A plain value; `files` are sorted by path. See api/package.schema.json.
struct Manifest {
  std::string name;                    ///< 1–64 of a–z 0–9 . _ - ; begins with a letter or digit
  std::string version;                 ///< 1–32 of the same characters, or upper case, or +
  std::string task;                    ///< one of known_tasks()
  std::optional<hash::Digest> parent;  ///< content digest of the package that this one was made from
  std::string description;
  std::string licence;  ///< SPDX expression
  std::optional<sign::PublicKey> author;
  std::vector<FileEntry> files;
  RuntimeSettings runtime;
  Defaults defaults;
  std::optional<sign::Signature> signature;  ///< by `author` over signed_message()
  std::optional<Endorsement> endorsement;
};

/// "text-to-image", "image-to-image", …
const std::vector<std::string>& known_tasks();

/// Fails: invalid (not JSON, unknown or missing member, value out of range, unsafe or repeated path, unknown task,
/// beyond `limits`); the message names the member or file.
core::Result<Manifest> parse_manifest(std::string_view text, const Limits& limits = {});

/// Same checks on a manifest built in memory.
core::Result<void> check_manifest(const Manifest& manifest, const Limits& limits = {});

codec::Json to_json(const Manifest& manifest);

/// Readable form, as it stands in the file. parse_manifest() of it gives an equal manifest.
std::string manifest_text(const Manifest& manifest);

/// The bytes that `author` signs: the canonical JSON of the manifest without `signature` and
/// `endorsement`.
std::string signed_message(const Manifest& manifest);

/// SHA-256 of signed_message(): names the package and, through the file digests, every byte in it.
hash::Digest content_digest(const Manifest& manifest);

/// SHA-256 of what can change the result or its speed: task, files, runtime, defaults. Equal for a package that was
/// only renamed, described anew or signed by another author.
hash::Digest substance_digest(const Manifest& manifest);

/// Sets `author` and `signature`.
void sign_manifest(Manifest& manifest, const sign::SecretKey& key);

/// Fails: denied when there is a signature and it isn't the author's over this manifest, or an author without
/// signature. An unsigned manifest without author passes.
core::Result<void> verify_signature(const Manifest& manifest);

/// A relative path that may stand in a package: no leading `/`, no empty, `.` or `..` segment, no backslash, colon,
/// control character or invalid UTF-8, within the limits.
/// Fails: invalid, naming the path and the rule.
core::Result<void> check_path(std::string_view path, const Limits& limits = {});

}  // namespace noonmark::package
