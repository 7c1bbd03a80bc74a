#include "edge/source/source.h"

#include <algorithm>

#include "model/package/manifest.h"

namespace noonmark::source {
namespace {

constexpr std::size_t kMaxText = 4096;
constexpr std::size_t kMaxName = 96;  // of an owner or a repository, as on the hub
constexpr std::string_view kDigestMark = "#sha256=";

core::Error unknown(std::string_view text) {
  return core::invalid("'" + std::string(text.substr(0, 200)) +
                       "' names no package source; write https://HOST/PATH.tar.zst[#sha256=HEX] or "
                       "hf:OWNER/NAME[@REVISION][/FOLDER]");
}

/// Owners, names and revisions end up in URLs: nothing that would have to be escaped there, and no dots that climb.
bool is_word(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !text.empty() && text.size() <= kMaxName && std::ranges::all_of(text, fits) && text.front() != '.' &&
         text.find("..") == std::string_view::npos;
}

core::Result<Source> parse_archive(std::string_view text) {
  ArchiveUrl archive;
  const auto mark = text.find('#');
  archive.url = text.substr(0, mark);
  if (mark != std::string_view::npos) {
    if (!text.substr(mark).starts_with(kDigestMark)) return unknown(text);
    archive.sha256 = TRY(hash::Digest::parse(text.substr(mark + kDigestMark.size())).context("the digest of a source"));
  }
  return Source(archive);
}

core::Result<Source> parse_hub(std::string_view text) {
  std::string_view rest = text.substr(3);
  const auto take = [&](std::string_view ends) {
    const std::string_view word = rest.substr(0, rest.find_first_of(ends));
    rest.remove_prefix(word.size());
    return std::string(word);
  };
  HubFolder hub;
  hub.owner = take("/");
  if (!rest.starts_with('/')) return unknown(text);
  rest.remove_prefix(1);
  hub.name = take("@/");
  if (rest.starts_with('@')) {
    rest.remove_prefix(1);
    hub.revision = take("/");
  }
  if (rest.starts_with('/')) {
    hub.folder = rest.substr(1);
    TRY(package::check_path(hub.folder).context("the folder of a source"));
  }
  if (!is_word(hub.owner) || !is_word(hub.name) || !is_word(hub.revision)) return unknown(text);
  return Source(hub);
}

}  // namespace

core::Result<Source> parse_source(std::string_view text) {
  if (text.size() > kMaxText) return core::invalid("a package source may have at most 4096 bytes");
  if (text.starts_with("https://") || text.starts_with("http://")) return parse_archive(text);
  if (text.starts_with("hf:")) return parse_hub(text);
  return unknown(text);
}

std::string to_text(const Source& source) {
  if (const auto* archive = std::get_if<ArchiveUrl>(&source)) {
    return archive->url + (archive->sha256 ? std::string(kDigestMark) + archive->sha256->hex() : std::string());
  }
  const HubFolder& hub = std::get<HubFolder>(source);
  return "hf:" + hub.owner + "/" + hub.name + "@" + hub.revision + (hub.folder.empty() ? "" : "/" + hub.folder);
}

}  // namespace noonmark::source
