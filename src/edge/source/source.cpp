#include "edge/source/source.h"

#include <algorithm>

#include "model/package/manifest.h"

namespace noonmark::source {
namespace {

constexpr std::size_t kMaxText = 4096;
constexpr std::size_t kMaxName = 96;  // of an owner or a repository, as on the hub
constexpr std::string_view kDigestMark = "#sha256=", kGitMark = "git+";

core::Error unknown(std::string_view text) {
  return core::invalid("'" + std::string(text.substr(0, 200)) +
                       "' names no package source; write https://HOST/PATH.tar.zst[#sha256=HEX], "
                       "hf:OWNER/NAME[@REVISION][/FOLDER] or git+https://HOST/PATH@TAG");
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

/// "a/b/c" of words that no URL would escape and no command would take for an option. Tags may have a + or a ~ too, as
/// submission::pointer_bytes() permits.
bool is_path_of_words(std::string_view text) {
  for (;;) {
    const std::string_view word = text.substr(0, text.find('/'));
    std::string plain(word);
    std::erase_if(plain, [](char c) { return c == '+' || c == '~'; });
    if (!is_word(plain) || word.front() == '-') return false;
    if (word.size() == text.size()) return true;
    text.remove_prefix(word.size() + 1);
  }
}

/// "host/path" or "host:port/path".
bool is_host_and_path(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || !is_path_of_words(text.substr(slash + 1))) return false;
  const std::string_view host = text.substr(0, slash), name = host.substr(0, host.find(':'));
  const std::string_view port = host.substr(std::min(host.size(), name.size() + 1));
  const bool digits = std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  return is_path_of_words(name) && digits && port.size() <= 5 && (port.empty() == (name.size() == host.size()));
}

core::Result<Source> parse_git(std::string_view text) {
  std::string_view rest = text.substr(kGitMark.size());
  const std::size_t host = rest.find("://") + 3, at = rest.find('@');
  if (at == std::string_view::npos || at < host) return unknown(text);
  std::string_view repository = rest.substr(0, at);
  if (repository.ends_with(".git")) repository.remove_suffix(4);
  const std::string_view tag = rest.substr(at + 1);
  if (!is_host_and_path(repository.substr(host)) || !is_path_of_words(tag)) return unknown(text);
  return Source(GitTag{std::string(repository), std::string(tag)});
}

}  // namespace

core::Result<Source> parse_source(std::string_view text) {
  if (text.size() > kMaxText) return core::invalid("a package source may have at most 4096 bytes");
  if (text.starts_with("https://") || text.starts_with("http://")) return parse_archive(text);
  if (text.starts_with("hf:")) return parse_hub(text);
  if (text.starts_with("git+https://") || text.starts_with("git+http://")) return parse_git(text);
  return unknown(text);
}

std::string to_text(const Source& source) {
  if (const auto* archive = std::get_if<ArchiveUrl>(&source)) {
    return archive->url + (archive->sha256 ? std::string(kDigestMark) + archive->sha256->hex() : std::string());
  }
  if (const auto* git = std::get_if<GitTag>(&source)) return std::string(kGitMark) + git->repository + "@" + git->tag;
  const HubFolder& hub = std::get<HubFolder>(source);
  return "hf:" + hub.owner + "/" + hub.name + "@" + hub.revision + (hub.folder.empty() ? "" : "/" + hub.folder);
}

}  // namespace noonmark::source
