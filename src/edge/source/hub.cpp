#include "edge/source/hub.h"

#include <algorithm>

#include "base/codec/text.h"

namespace noonmark::source {
namespace {

constexpr std::size_t kMaxListed = 50'000;  // a repository may hold much that nobody fetches
constexpr std::uint64_t kMaxSize = std::uint64_t{1} << 50;

bool is_commit(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string text_member(const codec::Json& object, std::string_view key) {
  const codec::Json* member = object.find(key);
  return member != nullptr && member->is_string() ? member->as_string() : std::string();
}

core::Result<std::uint64_t> size_member(const codec::Json& object, const std::string& path) {
  const codec::Json* size = object.find("size");
  if (size == nullptr || !size->is_integer() || size->as_integer() < 0 ||
      static_cast<std::uint64_t>(size->as_integer()) > kMaxSize) {
    return core::corrupt("the hub tells no size of '" + path.substr(0, 200) + "'");
  }
  return static_cast<std::uint64_t>(size->as_integer());
}

core::Result<HubFile> parse_file(const codec::Json& item, const package::Limits& limits) {
  HubFile file;
  file.path = text_member(item, "rfilename");
  TRY(package::check_path(file.path, limits).context("the hub lists a file"));
  file.size = TRY(size_member(item, file.path));
  if (const codec::Json* large = item.find("lfs"); large != nullptr && large->is_object()) {
    file.size = TRY(size_member(*large, file.path));
    file.sha256 = TRY(hash::Digest::parse(text_member(*large, "sha256")).context("the hub's digest of " + file.path));
  }
  return file;
}

std::string licence_of(const codec::Json& answer) {
  if (const codec::Json* card = answer.find("cardData")) return text_member(*card, "license").substr(0, 200);
  return {};
}

bool is_needed(std::string_view path) {
  if (path.ends_with(".onnx") || path.ends_with(".onnx_data") || path.ends_with(".onnx.data")) return true;
  return path.ends_with(".json") || path.ends_with("/merges.txt") || path.ends_with("/vocab.txt");
}

}  // namespace

const HubFile* HubListing::find(std::string_view path) const {
  const auto found = std::ranges::find(files, path, &HubFile::path);
  return found == files.end() ? nullptr : &*found;
}

std::string escaped(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~' || c == '/';
    if (plain) {
      out += c;
    } else {
      out += "%" + codec::hex(core::as_bytes({&c, 1}));
    }
  }
  return out;
}

std::string listing_target(const HubFolder& folder) {
  return "/api/models/" + folder.owner + "/" + folder.name + "/revision/" + folder.revision + "?blobs=true";
}

std::string file_target(const HubFolder& folder, std::string_view path) {
  const std::string inside = folder.folder.empty() ? std::string() : folder.folder + "/";
  return "/" + folder.owner + "/" + folder.name + "/resolve/" + folder.revision + "/" +
         escaped(inside + std::string(path));
}

core::Result<HubListing> parse_listing(const codec::Json& answer, const HubFolder& folder,
                                       const package::Limits& limits) {
  HubListing listing;
  listing.commit = text_member(answer, "sha");
  listing.licence = licence_of(answer);
  const codec::Json* siblings = answer.find("siblings");
  if (!is_commit(listing.commit) || siblings == nullptr || !siblings->is_array()) {
    return core::corrupt("the answer is not a hub's description of a model repository; check the endpoint");
  }
  if (is_commit(folder.revision) && folder.revision != listing.commit) {
    return core::invalid("the hub answered for commit " + listing.commit + " when asked for " + folder.revision);
  }
  if (siblings->as_array().size() > kMaxListed) {
    return core::exhausted("the repository lists more than " + std::to_string(kMaxListed) + " files");
  }
  const std::string prefix = folder.folder.empty() ? std::string() : folder.folder + "/";
  package::Limits outer = limits;
  outer.path_bytes += prefix.size();
  outer.path_depth += static_cast<std::size_t>(std::ranges::count(prefix, '/'));
  for (const codec::Json& item : siblings->as_array()) {
    HubFile file = TRY(parse_file(item, outer));
    if (!file.path.starts_with(prefix)) continue;
    file.path.erase(0, prefix.size());
    listing.files.push_back(std::move(file));
  }
  if (listing.files.empty()) {
    return core::not_found("there is nothing in the folder '" + folder.folder + "' of this repository");
  }
  return listing;
}

core::Result<std::vector<HubFile>> choose_model_files(const HubListing& listing, const package::Limits& limits) {
  if (listing.find("model_index.json") == nullptr) {
    return core::invalid(
        "this folder has neither a noonmark.json nor a model_index.json; name a folder with a package or with an ONNX "
        "export in diffusers' layout");
  }
  std::vector<HubFile> chosen;
  std::uint64_t total = 0;
  for (const HubFile& file : listing.files) {
    if (!is_needed(file.path)) continue;
    if (file.size > limits.file_bytes || file.size > limits.total_bytes - total) {
      return core::exhausted("'" + file.path + "' with " + std::to_string(file.size) +
                             " bytes is beyond the limits of a "
                             "package");
    }
    total += file.size;
    chosen.push_back(file);
  }
  if (chosen.size() > limits.files)
    return core::exhausted("a package may have at most " + std::to_string(limits.files) + " files");
  const bool runs = std::ranges::any_of(chosen, [](const HubFile& file) { return file.path.ends_with(".onnx"); });
  if (!runs) return core::invalid("this folder holds no ONNX graph; export the model to ONNX first");
  return chosen;
}

std::vector<std::string> raw_folders(const GitTag& source) {
  return {source.repository + "/raw/refs/tags/" + source.tag,  // GitHub
          source.repository + "/media/tag/" + source.tag,      // Forgejo, Gitea
          source.repository + "/-/raw/" + source.tag};         // GitLab
}

}  // namespace noonmark::source
