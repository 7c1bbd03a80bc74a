#include "model/catalog/catalog.h"

#include <algorithm>

#include "base/codec/fields.h"
#include "base/codec/json.h"
#include "base/core/files.h"
#include "model/package/manifest.h"

namespace noonmark::catalog {
namespace {

using codec::Json;

constexpr std::size_t kMaxReleases = 256, kMaxName = 64, kMaxVerdict = 128, kMaxBytes = std::size_t{1} << 20;

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

core::Result<Release> read_release(const Json& json, std::size_t place) {
  const std::string where = "catalog.releases[" + std::to_string(place) + "]";
  if (!json.is_object()) return core::invalid(where + " must be an object");
  codec::Fields fields(json, where);
  Release release;
  release.model = fields.text("model", kMaxName);
  if (!is_name(release.model)) fields.fail("model", "must be of a-z, 0-9, '.', '_' and '-'");
  release.task = fields.text("task", kMaxName);
  const std::vector<std::string>& tasks = package::known_tasks();
  if (std::ranges::find(tasks, release.task) == tasks.end()) fields.fail("task", "is not known");
  const auto digest = hash::Digest::parse(fields.text("package", kMaxVerdict));
  if (!digest.ok()) fields.fail("package", "must be 64 hexadecimal digits");
  release.bytes = static_cast<std::uint64_t>(fields.integer_or("bytes", 0, 0));
  release.verdict = fields.text_or("verdict", "", kMaxVerdict);
  release.fidelity = fields.number_or("fidelity", 1, 0, 1);
  TRY(fields.finish());
  release.package = *digest;
  return release;
}

}  // namespace

const Release* Catalog::find(std::string_view model) const {
  const auto found = std::ranges::find(releases, model, &Release::model);
  return found == releases.end() ? nullptr : &*found;
}

void Catalog::put(Release release) {
  const auto place = std::ranges::lower_bound(releases, release.model, {}, &Release::model);
  if (place != releases.end() && place->model == release.model) {
    *place = std::move(release);
  } else {
    releases.insert(place, std::move(release));
  }
}

core::Result<Catalog> parse(std::string_view json) {
  const Json document = TRY(codec::parse_json(json, {kMaxBytes, 8}));
  if (!document.is_object()) return core::invalid("a catalog is a JSON object");
  codec::Fields fields(document, "catalog");
  const Json::Array& list = fields.array("releases", kMaxReleases);
  TRY(fields.finish());
  Catalog catalog;
  for (std::size_t i = 0; i < list.size(); ++i) {
    Release release = TRY(read_release(list[i], i));
    if (catalog.find(release.model) != nullptr) return core::invalid("catalog: the model " + release.model + " twice");
    catalog.put(std::move(release));
  }
  return catalog;
}

std::string text(const Catalog& catalog) {
  Json list = Json::array();
  for (const Release& release : catalog.releases) {
    list.push_back(Json::object({{"model", release.model},
                                 {"task", release.task},
                                 {"package", release.package.hex()},
                                 {"bytes", release.bytes},
                                 {"verdict", release.verdict},
                                 {"fidelity", release.fidelity}}));
  }
  return codec::write_pretty(Json::object({{"releases", std::move(list)}})) + "\n";
}

core::Result<Catalog> load(const std::filesystem::path& file) {
  const auto read = core::read_text(file, kMaxBytes);
  if (!read.ok() && read.error().kind == core::ErrorKind::not_found) return Catalog{};
  if (!read.ok()) return read.error();
  return parse(*read).context(file.string());
}

core::Result<void> save(const std::filesystem::path& file, const Catalog& catalog) {
  return core::write_file_atomic(file, text(catalog));
}

}  // namespace noonmark::catalog
