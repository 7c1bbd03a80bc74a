#include "edge/hub/hub_pages.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/codec/json.h"
#include "base/codec/text.h"
#include "base/core/files.h"
#include "model/package/manifest.h"

namespace noonmark::hub {
namespace {

namespace fs = std::filesystem;
using codec::Json;

constexpr std::string_view kHead = "HEAD";
constexpr std::string_view kOwner = "noonmark/", kApi = "/api/models/noonmark/", kFiles = "/noonmark/", kMain = "main";
constexpr std::size_t kCommit = 40;

http::Response not_here(const std::string& what) {
  // The hub's clients look for this header to tell what is missing.
  http::Response response = http::error_response(404, "there is no " + what + " here");
  response.headers.add("X-Error-Code", what == "such revision" ? "RevisionNotFound"
                                       : what == "such file"   ? "EntryNotFound"
                                                               : "RepoNotFound");
  return response;
}

http::Response json_answer(const Json& json) {
  http::Response response;
  response.headers.add("Content-Type", "application/json");
  response.body = codec::write_json(json);
  return response;
}

/// "%41" is 'A'; a broken escape stays as it is.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' && i + 2 < text.size() ? codec::parse_hex(text.substr(i + 1, 2))
                                                            : core::Result<core::Bytes>(core::invalid(""));
    if (byte.ok() && byte->size() == 1) {
      out += static_cast<char>(byte->front());
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// Up to the next '/', which is taken off too.
std::string take_segment(std::string_view& path) {
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string segment = unescaped(path.substr(0, end));
  path.remove_prefix(std::min(path.size(), end + 1));
  return segment;
}

/// A package that is here.
struct Repository {
  fs::path folder;
  std::string digest;
  package::Manifest manifest;

  std::string commit() const { return digest.substr(0, kCommit); }
};

core::Result<Repository> open(const fs::path& packages, const std::string& digest) {
  Repository found{packages / digest, digest, {}};
  const std::string text =
      TRY(core::read_text(found.folder / package::kManifestName, package::Limits{}.manifest_bytes));
  found.manifest = TRY(package::parse_manifest(text));
  return found;
}

/// The manifest itself is a file of the repository, and in no manifest.
std::vector<package::FileEntry> files_of(const Repository& repository) {
  std::vector<package::FileEntry> files = repository.manifest.files;
  std::error_code problem;
  const fs::path manifest = repository.folder / package::kManifestName;
  const auto size = fs::file_size(manifest, problem);
  const auto digest = hash::sha256_file(manifest);
  if (!problem && digest.ok()) files.push_back({std::string(package::kManifestName), size, *digest});
  return files;
}

Json describe(const std::string& model, const Repository& repository) {
  Json siblings = Json::array();
  for (const package::FileEntry& file : files_of(repository)) {
    siblings.push_back(Json::object({{"rfilename", file.path},
                                     {"size", file.size},
                                     {"lfs", Json::object({{"sha256", file.sha256.hex()}, {"size", file.size}})}}));
  }
  const std::string id = std::string(kOwner) + model;
  return Json::object({{"_id", repository.digest.substr(0, 24)},
                       {"id", id},
                       {"modelId", id},
                       {"author", "noonmark"},
                       {"sha", repository.commit()},
                       {"private", false},
                       {"gated", false},
                       {"disabled", false},
                       {"downloads", 0},
                       {"likes", 0},
                       {"lastModified", "1970-01-01T00:00:00.000Z"},
                       {"tags", Json::array()},
                       {"pipeline_tag", repository.manifest.task},
                       {"cardData", Json::object({{"license", repository.manifest.licence}})},
                       {"siblings", std::move(siblings)}});
}

/// Files and folders directly below `folder`, or all files and folders.
Json tree(const Repository& repository, const std::string& folder, bool recursive) {
  const std::string prefix = folder.empty() ? "" : folder + "/";
  std::set<std::string> folders;
  Json list = Json::array();
  for (const package::FileEntry& file : files_of(repository)) {
    if (!file.path.starts_with(prefix)) continue;
    const std::string_view inside = std::string_view(file.path).substr(prefix.size());
    const std::size_t slash = inside.find('/');
    for (std::size_t at = slash; at != std::string_view::npos; at = inside.find('/', at + 1)) {
      folders.insert(prefix + std::string(inside.substr(0, at)));
      if (!recursive) break;
    }
    if (slash != std::string_view::npos && !recursive) continue;
    const std::string digest = file.sha256.hex();
    list.push_back(Json::object({{"type", "file"},
                                 {"path", file.path},
                                 {"size", file.size},
                                 {"oid", digest.substr(0, kCommit)},
                                 {"lfs", Json::object({{"oid", digest}, {"size", file.size}, {"pointerSize", 0}})}}));
  }
  for (const std::string& one : folders) {
    list.push_back(Json::object(
        {{"type", "directory"}, {"path", one}, {"size", 0}, {"oid", hash::sha256(one).hex().substr(0, kCommit)}}));
  }
  return list;
}

http::Response give_file(const Repository& repository, const std::string& path, const http::Request& request) {
  const std::vector<package::FileEntry> files = files_of(repository);
  const auto file = std::ranges::find(files, path, &package::FileEntry::path);
  if (file == files.end()) return not_here("such file");
  const std::string etag = "\"" + file->sha256.hex() + "\"";
  http::Response response =
      server::answer_file(repository.folder / file->path, request, "application/octet-stream", etag);
  response.headers.add("X-Repo-Commit", repository.commit());
  response.headers.add("X-Linked-Size", std::to_string(file->size));
  response.headers.add("X-Linked-Etag", etag);
  return response;
}

}  // namespace

HubPages::HubPages(fs::path packages, Catalog catalog)
    : packages_(std::move(packages)),
      catalog_(std::move(catalog)),
      desk_([this](const http::Request& request) { return answer(request); }) {}

bool HubPages::owns(std::string_view path) { return path.starts_with(kApi) || path.starts_with(kFiles); }

http::Response HubPages::answer(const http::Request& request) const {
  if (auto refusal = server::refuse_writing(request)) return *std::move(refusal);
  std::string_view path = request.path();
  const bool api = path.starts_with(kApi);
  path.remove_prefix(api ? kApi.size() : kFiles.size());
  const std::string model = take_segment(path), verb = take_segment(path);
  std::string revision = verb.empty() ? std::string(kMain) : take_segment(path);
  const catalog::Catalog catalog = catalog_();
  const catalog::Release* const release = catalog.find(model);
  if (release == nullptr) return not_here("such model");
  std::string digest = release->package.hex();
  if (revision == kHead) revision = kMain;
  if (revision != kMain && !digest.starts_with(revision)) {
    // An earlier package of the model that is still here.
    const bool hex = revision.size() >= kCommit && revision.size() <= digest.size() &&
                     revision.find_first_not_of("0123456789abcdef") == std::string::npos;
    std::error_code problem;
    const auto entries = fs::directory_iterator(packages_, problem);
    const auto held = hex && !problem
                          ? std::ranges::find_if(entries,
                                                 [&](const fs::directory_entry& entry) {
                                                   return entry.path().filename().string().starts_with(revision);
                                                 })
                          : fs::end(entries);
    if (held == fs::end(entries)) return not_here("such revision");
    digest = held->path().filename().string();
  }
  const auto repository = open(packages_, digest);
  if (!repository.ok()) return not_here("such revision");
  if (api && (verb.empty() || verb == "revision")) return json_answer(describe(model, *repository));
  if (api && verb == "tree") {
    const bool recursive = request.query().find("recursive=true") != std::string_view::npos ||
                           request.query().find("recursive=1") != std::string_view::npos;
    return json_answer(tree(*repository, unescaped(path), recursive));
  }
  if (!api && verb == "resolve") return give_file(*repository, unescaped(path), request);
  return not_here("such page");
}

}  // namespace noonmark::hub
