#include "edge/backup/backup.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/codec/fields.h"
#include "base/core/files.h"
#include "crypto/hash/hash.h"
#include "storage/sql/sql.h"

namespace noonmark::backup {
namespace {

namespace fs = std::filesystem;

constexpr int kFormat = 1;
constexpr std::string_view kList = "backup.json", kFiles = "files";
constexpr std::uint64_t kMaxList = 256u << 20, kMaxFile = std::uint64_t{16} << 30;
constexpr std::size_t kMaxFiles = 1'000'000;

struct Item {
  std::uint64_t bytes = 0;
  hash::Digest digest;
};
using Items = std::map<std::string, Item>;  // by path below the home, with slashes

bool is_secret(const fs::path& path) {
  return path.extension() == ".key" ||
         std::ranges::any_of(path, [](const fs::path& part) { return part == "wallets"; });
}

/// Folders that can be made or fetched again: packages, and the demonstration's entries (tickets are files there).
bool is_cache(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name == "packages" || folder.parent_path().filename() == "entries" || name.ends_with(".partial") ||
         name.starts_with("partial-");
}

bool is_passing(const fs::path& file) {
  const std::string name = file.filename().string();
  return name == "lock" || name.ends_with(".partial") || name.ends_with(".sqlite-wal") ||
         name.ends_with(".sqlite-shm") || name.find(".tmp") != std::string::npos;
}

/// The files to be copied, by path below `home`.
core::Result<std::vector<fs::path>> find_files(const fs::path& home, const Options& options) {
  std::vector<fs::path> found;
  std::error_code problem;
  fs::recursive_directory_iterator at(home, problem), end;
  if (problem) return core::not_found("cannot read " + home.string() + ": " + problem.message());
  for (; at != end; at.increment(problem)) {
    if (problem) return core::internal("cannot read " + home.string() + ": " + problem.message());
    const fs::path path = at->path().lexically_relative(home);
    if (at->is_symlink(problem)) continue;
    if (at->is_directory(problem)) {
      if (is_cache(path)) at.disable_recursion_pending();
    } else if (at->is_regular_file(problem) && !is_passing(path) && (options.with_keys || !is_secret(path))) {
      found.push_back(path);
    }
  }
  std::ranges::sort(found);
  return found;
}

core::Result<void> copy_database(const fs::path& from, const fs::path& to) {
  sql::Database database = TRY(sql::Database::open_sqlite(from));
  TRY(database.execute("VACUUM INTO :file", {{"file", to.string()}}));
  return {};
}

core::Result<Item> copy_whole(const fs::path& from, const fs::path& to) {
  const core::Bytes content = TRY(core::read_file(from, kMaxFile));
  TRY(core::write_file_atomic(to, content, is_secret(from) ? 0600 : 0644));
  return Item{content.size(), hash::sha256(content)};
}

core::Result<Item> look_at(const fs::path& file) {
  const core::Bytes content = TRY(core::read_file(file, kMaxFile));
  return Item{content.size(), hash::sha256(content)};
}

core::Result<Item> take(const fs::path& from, const fs::path& to) {
  TRY(core::make_directories(to.parent_path()));
  if (from.extension() != ".sqlite") return copy_whole(from, to);
  TRY(copy_database(from, to));
  return look_at(to);
}

codec::Json list_of(const Items& items, bool keys) {
  codec::Json files = codec::Json::object({});
  for (const auto& [path, item] : items) {
    files[path] =
        codec::Json::object({{"bytes", static_cast<std::int64_t>(item.bytes)}, {"sha256", item.digest.hex()}});
  }
  return codec::Json::object({{"format", kFormat}, {"keys", keys}, {"files", std::move(files)}});
}

/// Whether a path of somebody else's list stays below the folder that it is put into.
bool is_safe(const std::string& text) {
  const fs::path path(text);
  return !text.empty() && !path.is_absolute() && path == path.lexically_normal() && *path.begin() != ".." &&
         text != "." && path.has_filename();
}

core::Result<Items> read_list(const fs::path& from, bool& keys) {
  const std::string text = TRY(core::read_text(from / kList, kMaxList).context("no whole backup"));
  const codec::Json json = TRY(codec::parse_json(text));
  codec::Fields fields(json, "backup");
  fields.integer("format", kFormat, kFormat);
  keys = fields.flag("keys");
  const codec::Json& files = fields.child("files");
  if (!files.is_object()) fields.fail("files", "must be an object");
  TRY(fields.finish());
  if (files.as_object().size() > kMaxFiles) return core::corrupt("a backup of too many files");
  Items items;
  for (const auto& [path, described] : files.as_object()) {
    if (!is_safe(path)) return core::corrupt("the path '" + path + "' leads out of the backup");
    codec::Fields one(described, path);
    Item item;
    item.bytes = static_cast<std::uint64_t>(one.integer("bytes", 0, static_cast<std::int64_t>(kMaxFile)));
    const std::string digest = one.text("sha256", 64);
    TRY(one.finish());
    item.digest = TRY(hash::Digest::parse(digest).context(path));
    items.emplace(path, item);
  }
  return items;
}

core::Result<void> check_files(const fs::path& from, const Items& items) {
  for (const auto& [path, item] : items) {
    const fs::path file = from / kFiles / path;
    std::error_code ignored;
    if (fs::is_symlink(file, ignored)) return core::corrupt("damaged: " + path + " is a link");
    const Item found = TRY(look_at(file).context("damaged: " + path));
    if (found.bytes != item.bytes || found.digest != item.digest) {
      return core::corrupt("damaged: " + path + " isn't what " + std::string(kList) + " says; use another backup");
    }
  }
  return {};
}

bool is_unused(const fs::path& folder) {
  std::error_code problem;
  return !fs::exists(folder, problem) || fs::is_empty(folder, problem);
}

Contents sum(const Items& items, bool keys) {
  Contents contents{items.size(), 0, keys};
  for (const auto& [path, item] : items) contents.bytes += item.bytes;
  return contents;
}

}  // namespace

core::Result<Contents> make(const fs::path& home, const fs::path& target, const Options& options,
                            const OnFile& on_file) {
  std::error_code problem;
  if (fs::exists(target, problem)) return core::conflict(target.string() + " is already there; name a new folder");
  const std::vector<fs::path> paths = TRY(find_files(home, options));
  fs::path partial = target;
  partial += ".partial";
  fs::remove_all(partial, problem);
  TRY(core::make_directories(partial / kFiles));
  Items items;
  for (const fs::path& path : paths) {
    const auto item = take(home / path, partial / kFiles / path);
    if (!item.ok() && item.error().kind == core::ErrorKind::not_found) continue;  // it was passing after all
    if (!item.ok()) return item.error().with_context(path.string());
    items.emplace(path.generic_string(), *item);
    on_file(path.string());
  }
  const std::string list = codec::write_pretty(list_of(items, options.with_keys)) + "\n";
  TRY(core::write_file_atomic(partial / kList, std::string_view(list)));
  fs::rename(partial, target, problem);
  if (problem) return core::internal("cannot rename " + partial.string() + ": " + problem.message());
  TRY(core::sync_directory(fs::absolute(target).parent_path()));
  return sum(items, options.with_keys);
}

core::Result<Contents> restore(const fs::path& from, const fs::path& home, const OnFile& on_file) {
  bool keys = false;
  const Items items = TRY(read_list(from, keys).context(from.string()));
  if (!is_unused(home)) {
    return core::conflict(home.string() + " isn't empty; name another --home, or move what is there away");
  }
  TRY(check_files(from, items).context(from.string()));
  for (const auto& [path, item] : items) {
    TRY(core::make_directories((home / path).parent_path()));
    TRY(copy_whole(from / kFiles / path, home / path));
    on_file(path);
  }
  return sum(items, keys);
}

}  // namespace noonmark::backup
