#include <algorithm>
#include <limits>
#include <utility>

#include "base/codec/fields.h"
#include "base/codec/text.h"
#include "model/package/manifest.h"

namespace noonmark::package {
namespace {

using codec::Json;

constexpr std::string_view kDigestPrefix = "sha256:";

std::string_view name_of(GraphOptimization level) {
  switch (level) {
    case GraphOptimization::disabled:
      return "disabled";
    case GraphOptimization::basic:
      return "basic";
    case GraphOptimization::extended:
      return "extended";
    case GraphOptimization::all:
      return "all";
  }
  CHECK(false, "unknown graph optimisation level");
  return {};
}

core::Result<GraphOptimization> level_of(std::string_view name) {
  for (const auto level :
       {GraphOptimization::disabled, GraphOptimization::basic, GraphOptimization::extended, GraphOptimization::all}) {
    if (name == name_of(level)) return level;
  }
  return core::invalid("manifest: 'runtime.graph_optimization' must be disabled, basic, extended or all");
}

Json json_of(const RuntimeSettings& runtime) {
  Json parts = Json::object();
  for (const auto& [part, dimensions] : runtime.free_dimensions) {
    Json& sizes = parts[part] = Json::object();
    for (const auto& [symbol, size] : dimensions) sizes[symbol] = size;
  }
  return Json::object({{"intra_op_threads", runtime.intra_op_threads},
                       {"graph_optimization", std::string(name_of(runtime.graph_optimization))},
                       {"execution_provider", runtime.execution_provider},
                       {"free_dimensions", std::move(parts)},
                       {"prefer_fixed_batch", runtime.prefer_fixed_batch}});
}

Json json_of(const Defaults& defaults) {
  return Json::object({{"steps", defaults.steps},
                       {"guidance_scale", defaults.guidance_scale},
                       {"width", defaults.width},
                       {"height", defaults.height},
                       {"scheduler", defaults.scheduler}});
}

core::Result<std::optional<hash::Digest>> parse_parent(const Json* json) {
  if (json == nullptr) return std::optional<hash::Digest>{};
  if (!json->is_string() || !json->as_string().starts_with(kDigestPrefix)) {
    return core::invalid("manifest: 'parent' must be null or \"sha256:\" and 64 hex digits");
  }
  return std::optional<hash::Digest>(TRY(hash::Digest::parse(json->as_string()).context("manifest: 'parent'")));
}

/// A key or signature; nothing for null.
template <class T>
core::Result<std::optional<T>> parse_key(const Json* json, std::string_view member) {
  if (json == nullptr) return std::optional<T>{};
  const std::string where = "manifest: '" + std::string(member) + "'";
  if (!json->is_string()) return core::invalid(where + " must be null or hex digits");
  return std::optional<T>(TRY(T::parse(json->as_string()).context(where)));
}

core::Result<std::vector<FileEntry>> parse_files(const Json::Array& items) {
  std::vector<FileEntry> files;
  for (const Json& item : items) {
    codec::Fields fields(item, "manifest: files[" + std::to_string(files.size()) + "]");
    FileEntry file;
    file.path = fields.text("path");
    file.size = static_cast<std::uint64_t>(fields.integer("size", 0));
    const std::string digest = fields.text("sha256", 64);
    TRY(fields.finish());
    file.sha256 = TRY(hash::Digest::parse(digest).context("manifest: 'sha256' of '" + file.path + "'"));
    files.push_back(std::move(file));
  }
  std::ranges::sort(files, {}, &FileEntry::path);
  return files;
}

core::Result<std::map<std::string, std::int64_t>> parse_sizes(const Json& json, const std::string& where) {
  if (!json.is_object()) return core::invalid(where + " must be an object of sizes by symbol");
  std::map<std::string, std::int64_t> sizes;
  for (const auto& [symbol, size] : json.as_object()) {
    if (!size.is_integer()) return core::invalid(where + " must hold integers");
    sizes[symbol] = size.as_integer();
  }
  return sizes;
}

core::Result<RuntimeSettings> parse_runtime(const Json& json) {
  constexpr std::int64_t kMost = std::numeric_limits<int>::max();
  codec::Fields fields(json, "manifest: runtime");
  RuntimeSettings runtime;
  runtime.intra_op_threads = static_cast<int>(fields.integer_or("intra_op_threads", 1, 0, kMost));
  const std::string level = fields.text_or("graph_optimization", "all");
  runtime.execution_provider = fields.text_or("execution_provider", "cpu");
  runtime.prefer_fixed_batch = fields.flag_or("prefer_fixed_batch", false);
  const Json* parts = fields.optional_child("free_dimensions");
  TRY(fields.finish());
  runtime.graph_optimization = TRY(level_of(level));
  if (parts == nullptr) return runtime;
  if (!parts->is_object()) return core::invalid("manifest: 'runtime.free_dimensions' must be an object");
  for (const auto& [part, sizes] : parts->as_object()) {
    const std::string where = "manifest: 'runtime.free_dimensions." + part + "'";
    runtime.free_dimensions[part] = TRY(parse_sizes(sizes, where));
  }
  return runtime;
}

core::Result<Defaults> parse_defaults(const Json& json) {
  constexpr std::int64_t kMost = std::numeric_limits<int>::max();
  codec::Fields fields(json, "manifest: defaults");
  Defaults defaults;
  defaults.steps = static_cast<int>(fields.integer_or("steps", defaults.steps, 0, kMost));
  defaults.width = static_cast<int>(fields.integer_or("width", defaults.width, 0, kMost));
  defaults.height = static_cast<int>(fields.integer_or("height", defaults.height, 0, kMost));
  defaults.guidance_scale = fields.number_or("guidance_scale", defaults.guidance_scale);
  if (const Json* scheduler = fields.optional_child("scheduler")) defaults.scheduler = *scheduler;
  TRY(fields.finish());
  if (!defaults.scheduler.is_object()) return core::invalid("manifest: 'defaults.scheduler' must be an object");
  return defaults;
}

core::Result<std::optional<Endorsement>> parse_endorsement(const Json* json) {
  if (json == nullptr) return std::optional<Endorsement>{};
  codec::Fields fields(*json, "manifest: endorsement");
  Endorsement endorsement;
  const std::string account = fields.text("account", 64);
  const std::string signature = fields.text("signature", 128);
  TRY(fields.finish());
  endorsement.account = TRY(sign::AccountId::parse(account).context("manifest: 'endorsement.account'"));
  endorsement.signature = TRY(sign::Signature::parse(signature).context("manifest: 'endorsement.signature'")).bytes;
  return std::optional<Endorsement>(endorsement);
}

}  // namespace

core::Result<Manifest> parse_manifest(std::string_view text, const Limits& limits) {
  if (text.size() > limits.manifest_bytes) return core::invalid("the manifest is larger than allowed");
  const codec::JsonLimits json_limits{.max_bytes = limits.manifest_bytes, .max_depth = 16};
  const Json json = TRY(codec::parse_json(text, json_limits).context("manifest"));
  codec::Fields fields(json, "manifest");
  const std::int64_t format = fields.integer("format");
  Manifest manifest;
  manifest.name = fields.text("name");
  manifest.version = fields.text("version");
  manifest.task = fields.text("task");
  manifest.description = fields.text_or("description", "", limits.text_bytes);
  manifest.licence = fields.text_or("licence", "", limits.text_bytes);
  const Json* parent = fields.optional_child("parent");
  const Json* author = fields.optional_child("author");
  const Json* signature = fields.optional_child("signature");
  const Json* endorsement = fields.optional_child("endorsement");
  const Json::Array& files = fields.array("files", limits.files);
  const Json& runtime = fields.child("runtime");
  const Json& defaults = fields.child("defaults");
  TRY(fields.finish());
  if (format != kManifestFormat) {
    return core::invalid("manifest: format " + std::to_string(format) + " isn't known here (only 1); update Noonmark");
  }
  manifest.parent = TRY(parse_parent(parent));
  manifest.author = TRY(parse_key<sign::PublicKey>(author, "author"));
  manifest.signature = TRY(parse_key<sign::Signature>(signature, "signature"));
  manifest.endorsement = TRY(parse_endorsement(endorsement));
  manifest.files = TRY(parse_files(files));
  manifest.runtime = TRY(parse_runtime(runtime));
  manifest.defaults = TRY(parse_defaults(defaults));
  TRY(check_manifest(manifest, limits));
  return manifest;
}

codec::Json to_json(const Manifest& manifest) {
  std::vector<FileEntry> sorted = manifest.files;
  std::ranges::sort(sorted, {}, &FileEntry::path);
  Json files = Json::array();
  for (const FileEntry& file : sorted) {
    files.push_back(Json::object({{"path", file.path}, {"size", file.size}, {"sha256", file.sha256.hex()}}));
  }
  const Json null;
  Json json =
      Json::object({{"format", kManifestFormat},
                    {"name", manifest.name},
                    {"version", manifest.version},
                    {"task", manifest.task},
                    {"parent", manifest.parent ? Json(std::string(kDigestPrefix) + manifest.parent->hex()) : null},
                    {"description", manifest.description},
                    {"licence", manifest.licence},
                    {"author", manifest.author ? Json(manifest.author->hex()) : null},
                    {"files", std::move(files)},
                    {"runtime", json_of(manifest.runtime)},
                    {"defaults", json_of(manifest.defaults)},
                    {"signature", manifest.signature ? Json(manifest.signature->hex()) : null}});
  // Left out rather than null, so that manifests from before there was one keep their digest.
  if (manifest.endorsement) {
    json["endorsement"] = Json::object({{"account", manifest.endorsement->account.ss58()},
                                        {"signature", codec::hex(manifest.endorsement->signature)}});
  }
  return json;
}

std::string manifest_text(const Manifest& manifest) { return codec::write_pretty(to_json(manifest)); }

}  // namespace noonmark::package
