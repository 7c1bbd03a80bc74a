#include "model/package/manifest.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include "base/core/bytes.h"

namespace noonmark::package {
namespace {

constexpr std::int64_t kMaxSide = 16384;  // pixels
constexpr int kMaxSteps = 1000;
constexpr int kMaxThreads = 1024;
constexpr std::size_t kMaxFreeDimensions = 64;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool is_version_character(char c) { return is_name_character(c) || (c >= 'A' && c <= 'Z') || c == '+'; }

core::Result<void> check_word(std::string_view member, std::string_view text, std::size_t longest,
                              bool (*allowed)(char)) {
  const bool good = !text.empty() && text.size() <= longest && std::ranges::all_of(text, allowed) &&
                    std::isalnum(static_cast<unsigned char>(text.front())) != 0;
  if (good) return {};
  return core::invalid("manifest: '" + std::string(member) + "' must be 1 to " + std::to_string(longest) +
                       " letters, digits, '.', '_' or '-' and begin with a letter or digit");
}

core::Result<void> check_text(std::string_view member, std::string_view text, const Limits& limits) {
  if (text.size() > limits.text_bytes) {
    return core::invalid("manifest: '" + std::string(member) + "' is longer than " + std::to_string(limits.text_bytes) +
                         " bytes");
  }
  return {};
}

core::Result<void> check_range(std::string_view member, double value, double low, double high) {
  if (std::isfinite(value) && value >= low && value <= high) return {};
  return core::invalid("manifest: '" + std::string(member) + "' must lie between " + std::to_string(low) + " and " +
                       std::to_string(high));
}

/// Two paths that differ only in the case of letters are one file on many file systems.
std::string folded(std::string_view path) {
  std::string text(path);
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

core::Result<void> check_files(const std::vector<FileEntry>& files, const Limits& limits) {
  if (files.empty()) return core::invalid("manifest: 'files' is empty; run 'noonmark package check' on a model folder");
  if (files.size() > limits.files) {
    return core::invalid("manifest: " + std::to_string(files.size()) + " files, at most " +
                         std::to_string(limits.files) + " are allowed");
  }
  std::vector<std::string> seen;
  seen.reserve(files.size());
  std::uint64_t total = 0;
  for (const FileEntry& file : files) {
    TRY(check_path(file.path, limits));
    const std::string name = folded(file.path);
    if (name == kManifestName) return core::invalid("manifest: it can't list itself ('" + file.path + "')");
    if (file.size > limits.file_bytes || file.size > limits.total_bytes - total) {
      return core::invalid("manifest: '" + file.path + "' has " + std::to_string(file.size) +
                           " bytes: the package is larger than allowed");
    }
    total += file.size;
    seen.push_back(name);
  }
  std::ranges::sort(seen);
  if (const auto twice = std::ranges::adjacent_find(seen); twice != seen.end()) {
    return core::invalid("manifest: '" + *twice + "' is listed twice (the case of letters doesn't count)");
  }
  return {};
}

core::Result<void> check_runtime(const RuntimeSettings& runtime) {
  TRY(check_range("runtime.intra_op_threads", runtime.intra_op_threads, 0, kMaxThreads));
  TRY(check_word("runtime.execution_provider", runtime.execution_provider, 32, is_name_character));
  std::size_t count = 0;
  for (const auto& [part, dimensions] : runtime.free_dimensions) {
    TRY(check_word("runtime.free_dimensions", part, 64, is_name_character));
    for (const auto& [symbol, size] : dimensions) {
      if (symbol.empty() || symbol.size() > 64 || ++count > kMaxFreeDimensions) {
        return core::invalid("manifest: 'runtime.free_dimensions." + part + "' has too many or too long names");
      }
      TRY(check_range("runtime.free_dimensions." + part + "." + symbol, static_cast<double>(size), 1, 1 << 24));
    }
  }
  return {};
}

core::Result<void> check_defaults(const Defaults& defaults) {
  TRY(check_range("defaults.steps", defaults.steps, 1, kMaxSteps));
  TRY(check_range("defaults.guidance_scale", defaults.guidance_scale, 0, 100));
  TRY(check_range("defaults.width", defaults.width, 1, kMaxSide));
  TRY(check_range("defaults.height", defaults.height, 1, kMaxSide));
  return {};
}

}  // namespace

const std::vector<std::string>& known_tasks() {
  static const std::vector<std::string> tasks = {"text-to-image", "image-to-image", "inpaint", "outpaint",
                                                 "control",       "upscale",        "chat",    "embeddings"};
  return tasks;
}

core::Result<void> check_manifest(const Manifest& manifest, const Limits& limits) {
  TRY(check_word("name", manifest.name, 64, is_name_character));
  TRY(check_word("version", manifest.version, 32, is_version_character));
  if (std::ranges::find(known_tasks(), manifest.task) == known_tasks().end()) {
    return core::invalid("manifest: unknown task '" + manifest.task.substr(0, 40) +
                         "'; known ones are text-to-image, " +
                         "image-to-image, inpaint, outpaint, control, upscale, chat and embeddings");
  }
  TRY(check_text("description", manifest.description, limits));
  TRY(check_text("licence", manifest.licence, limits));
  TRY(check_files(manifest.files, limits));
  TRY(check_runtime(manifest.runtime));
  TRY(check_defaults(manifest.defaults));
  return {};
}

std::string signed_message(const Manifest& manifest) {
  Manifest bare = manifest;
  bare.signature.reset();
  bare.endorsement.reset();
  return codec::write_json(to_json(bare));
}

hash::Digest content_digest(const Manifest& manifest) { return hash::sha256(core::as_bytes(signed_message(manifest))); }

hash::Digest substance_digest(const Manifest& manifest) {
  const codec::Json all = to_json(manifest);
  codec::Json part = codec::Json::object();
  for (const char* member : {"task", "files", "runtime", "defaults"}) part[member] = *all.find(member);
  return hash::sha256(core::as_bytes(codec::write_json(part)));
}

void sign_manifest(Manifest& manifest, const sign::SecretKey& key) {
  manifest.author = key.public_key();
  const std::string message = signed_message(manifest);
  manifest.signature = key.sign(core::as_bytes(message));
}

core::Result<void> verify_signature(const Manifest& manifest) {
  if (!manifest.author && !manifest.signature) return {};
  if (!manifest.signature) {
    return core::denied("the manifest names an author but isn't signed; sign it, or leave 'author' out");
  }
  if (!manifest.author) return core::denied("the manifest is signed but names no author");
  const std::string message = signed_message(manifest);
  if (sign::verify(*manifest.author, core::as_bytes(message), *manifest.signature)) return {};
  return core::denied("the manifest's signature isn't its author's (" + manifest.author->hex() +
                      "); it was changed after signing: fetch the package again or sign it anew");
}

}  // namespace noonmark::package
