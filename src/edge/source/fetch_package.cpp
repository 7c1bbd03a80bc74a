#include "edge/source/fetch_package.h"

#include <algorithm>
#include <utility>

#include "base/core/files.h"
#include "edge/source/hub.h"

namespace noonmark::source {
namespace {

constexpr std::uint64_t kMaxListing = 16u << 20;

core::Result<void> check_target(const std::filesystem::path& target) {
  std::error_code failure;
  if (!std::filesystem::exists(target, failure)) return {};
  if (std::filesystem::is_directory(target, failure) && std::filesystem::is_empty(target, failure)) return {};
  return core::conflict(target.string() + " is already there; name a new or empty directory");
}

/// One fetch with its waiting place.
class Work {
 public:
  Work(fetch::Fetcher& fetcher, const core::Clock& clock, const std::filesystem::path& target, const Hub& hub,
       const FetchLimits& limits, const Progress& progress)
      : fetcher_(fetcher),
        deadline_(clock, limits.time),
        target_(target),
        hub_(hub),
        limits_(limits),
        progress_(progress) {}

  core::Result<Fetched> archive(ArchiveUrl source);
  core::Result<Fetched> folder(HubFolder source);
  core::Result<Fetched> tag(GitTag source);

 private:
  core::Result<std::filesystem::path> waiting_place(std::string_view name) const;
  core::Result<fetch::Downloaded> download(const fetch::Wanted& wanted, std::uint64_t max_bytes, std::string_view name);
  core::Result<void> fetch_file(fetch::Wanted wanted, const HubFile& file, const std::filesystem::path& place);
  core::Result<std::string> raw_folder(const GitTag& source, const std::filesystem::path& manifest);
  core::Result<package::Package> settle(const std::filesystem::path& place) const;
  fetch::Wanted at_hub(const HubFolder& source, const HubFile& file) const {
    return {hub_.endpoint + file_target(source, file.path), {}, headers(), {}, {}};
  }
  core::Result<std::vector<HubFile>> listed_files(const HubFolder& source, const HubListing& listing,
                                                  const std::filesystem::path& place);
  http::Headers headers() const;

  fetch::Fetcher& fetcher_;
  core::Deadline deadline_;
  const std::filesystem::path& target_;
  const Hub& hub_;
  const FetchLimits& limits_;
  const Progress& progress_;
  std::uint64_t bytes_ = 0;
};

/// A directory beside the target whose name depends on what is fetched, so that other bytes never mix with these.
core::Result<std::filesystem::path> Work::waiting_place(std::string_view name) const {
  std::filesystem::path place = target_;
  if (!place.has_filename()) place = place.parent_path();
  place += ".fetch-" + hash::sha256(name).hex().substr(0, 12);
  TRY(core::make_directories(place));
  return place;
}

core::Result<fetch::Downloaded> Work::download(const fetch::Wanted& wanted, std::uint64_t max_bytes,
                                               std::string_view name) {
  fetch::Fetcher::Progress tell;
  if (progress_) tell = [&](std::uint64_t done, std::uint64_t total) { progress_(name, done, total); };
  const fetch::Downloaded done = TRY(fetcher_.download(wanted, {max_bytes, deadline_.remaining()}, tell));
  bytes_ += done.bytes;
  return done;
}

core::Result<Fetched> Work::archive(ArchiveUrl source) {
  const std::filesystem::path place = TRY(waiting_place(source.url));
  const std::filesystem::path file = place / ("package" + std::string(package::kArchiveEnding));
  // Packed it can hardly be longer than unpacked.
  const fetch::Downloaded done = TRY(
      download({source.url, file, {}, std::nullopt, source.sha256}, limits_.archive.package.total_bytes, source.url));
  auto opened = package::unpack(file, target_, limits_.archive);
  std::error_code ignored;
  std::filesystem::remove_all(place, ignored);
  if (!opened.ok()) return opened.error().with_context("archive " + source.url);
  source.sha256 = done.sha256;
  return Fetched{std::move(*opened), std::move(source), bytes_};
}

http::Headers Work::headers() const {
  if (hub_.token.empty()) return {};
  return {{"Authorization", "Bearer " + hub_.token}};
}

core::Result<void> Work::fetch_file(fetch::Wanted wanted, const HubFile& file, const std::filesystem::path& place) {
  wanted.file = place / file.path;
  wanted.size = file.size;
  wanted.sha256 = file.sha256;
  TRY(core::make_directories(wanted.file.parent_path()));
  std::error_code missing;
  if (std::filesystem::file_size(wanted.file, missing) == file.size && !missing) {
    // From an earlier run, at this very commit.
    if (!file.sha256 || TRY(hash::sha256_file(wanted.file)) == *file.sha256) return {};
  }
  TRY(download(wanted, file.size, file.path));
  return {};
}

/// What the folder's own manifest lists, with the manifest itself on the disk.
core::Result<std::vector<HubFile>> Work::listed_files(const HubFolder& source, const HubListing& listing,
                                                      const std::filesystem::path& place) {
  const package::Limits& limits = limits_.archive.package;
  const HubFile& entry = *listing.find(package::kManifestName);
  if (entry.size > limits.manifest_bytes) return core::exhausted("the manifest is larger than allowed");
  TRY(fetch_file(at_hub(source, entry), entry, place));
  const std::string text = TRY(core::read_text(place / package::kManifestName, limits.manifest_bytes));
  const package::Manifest manifest = TRY(package::parse_manifest(text, limits));
  std::vector<HubFile> files;
  for (const package::FileEntry& listed : manifest.files) {
    if (listing.find(listed.path) == nullptr) {
      return core::not_found("'" + listed.path + "' is listed in the manifest but missing in the repository");
    }
    files.push_back({listed.path, listed.size, listed.sha256});
  }
  return files;
}

/// Names of packages have fewer characters than those of repositories.
std::string package_name(std::string_view repository) {
  std::string name;
  for (const char c : repository.substr(0, 64)) name += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (name.empty() || name.front() == '-' || name.front() == '_') name.insert(0, "x");
  return name.substr(0, 64);
}

core::Result<void> describe(const HubFolder& pinned, const HubListing& listing, const std::filesystem::path& place,
                            const package::Limits& limits) {
  package::Description description;
  description.name = package_name(pinned.name);
  description.description = "Fetched from " + to_text(pinned) + ".";
  description.licence = listing.licence.empty() ? "NOASSERTION" : listing.licence;
  const package::Manifest manifest = TRY(package::describe_directory(place, description, limits));
  return package::write_manifest(place, manifest);
}

core::Result<Fetched> Work::folder(HubFolder source) {
  const package::Limits& limits = limits_.archive.package;
  const codec::Json answer =
      TRY(fetcher_.get_json(hub_.endpoint + listing_target(source), {kMaxListing, deadline_.remaining()}, headers()));
  const HubListing listing = TRY(parse_listing(answer, source, limits));
  source.revision = listing.commit;
  const std::string name = to_text(source);
  const std::filesystem::path place = TRY(waiting_place(hub_.endpoint + " " + name));
  const bool described = listing.find(package::kManifestName) != nullptr;
  const std::vector<HubFile> files =
      TRY((described ? listed_files(source, listing, place) : choose_model_files(listing, limits)).context(name));
  for (const HubFile& file : files) TRY(fetch_file(at_hub(source, file), file, place).context(name));
  if (!described) TRY(describe(source, listing, place, limits).context(name));
  package::Package opened = TRY(settle(place).context(name));
  return Fetched{std::move(opened), std::move(source), bytes_};
}

/// What has arrived becomes the target, if it is a package.
core::Result<package::Package> Work::settle(const std::filesystem::path& place) const {
  std::error_code failure;
  std::filesystem::remove(target_, failure);  // an empty directory may be there
  std::filesystem::rename(place, target_, failure);
  if (failure) return core::from_errno(failure.value(), "cannot rename " + place.string() + " to " + target_.string());
  auto opened = package::Package::open(target_, limits_.archive.package);
  if (!opened.ok()) std::filesystem::remove_all(target_, failure);
  return opened;
}

/// Which of the forms this forge serves, with the manifest from there on the disk.
core::Result<std::string> Work::raw_folder(const GitTag& source, const std::filesystem::path& manifest) {
  for (const std::string& base : raw_folders(source)) {
    const std::string url = base + "/" + std::string(package::kManifestName);
    const auto done = download({url, manifest, {}, std::nullopt, std::nullopt}, limits_.archive.package.manifest_bytes,
                               package::kManifestName);
    if (done.ok()) return base;
    if (done.error().kind != core::ErrorKind::not_found) return done.error();
  }
  return core::not_found("there is no " + std::string(package::kManifestName) +
                         " at the root of this repository at this tag, or its host serves no single files; put the "
                         "packed package at a plain URL instead");
}

core::Result<Fetched> Work::tag(GitTag source) {
  const std::string name = to_text(source);
  const package::Limits& limits = limits_.archive.package;
  const std::filesystem::path place = TRY(waiting_place(name));
  const std::filesystem::path file = place / package::kManifestName;
  const std::string base = TRY(raw_folder(source, file).context(name));
  const std::string text = TRY(core::read_text(file, limits.manifest_bytes));
  const package::Manifest manifest = TRY(package::parse_manifest(text, limits).context(name));
  for (const package::FileEntry& listed : manifest.files) {
    const fetch::Wanted wanted{
        base + "/" + escaped(listed.path), {}, {}, {}, {}};  // the hub's token is the hub's alone
    TRY(fetch_file(wanted, {listed.path, listed.size, listed.sha256}, place).context(name));
  }
  package::Package opened = TRY(settle(place).context(name));
  return Fetched{std::move(opened), std::move(source), bytes_};
}

}  // namespace

core::Result<Fetched> fetch_package(const Source& source, fetch::Fetcher& fetcher, const core::Clock& clock,
                                    const std::filesystem::path& target, const Hub& hub, const FetchLimits& limits,
                                    const Progress& progress) {
  TRY(check_target(target));
  Work work(fetcher, clock, target, hub, limits, progress);
  if (const auto* archive = std::get_if<ArchiveUrl>(&source)) return work.archive(*archive);
  if (const auto* git = std::get_if<GitTag>(&source)) return work.tag(*git);
  return work.folder(std::get<HubFolder>(source));
}

}  // namespace noonmark::source
