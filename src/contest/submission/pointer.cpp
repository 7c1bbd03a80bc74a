#include "contest/submission/pointer.h"

#include <algorithm>

#include "base/codec/text.h"
#include "contest/submission/commitment.h"

namespace noonmark::submission {
namespace {

constexpr std::size_t kCommitBytes = 20;
constexpr std::string_view kGit = "git+https://", kHuggingFace = "hf:";

core::Error unknown_form() {
  return core::invalid(
      "a package's place is https://… (a store or an archive), hf:owner/repo@<40 hex>[/folder] or "
      "git+https://host/path@tag");
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-' || c == '+' || c == '~';
}

/// `a/b/c` of plain names: nothing empty, no name that begins with a dot or a dash.
bool is_path(std::string_view text, std::size_t least, std::size_t most) {
  std::size_t names = 0;
  for (std::size_t begin = 0; begin <= text.size(); ++names) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    const std::string_view name = text.substr(begin, end - begin);
    if (name.empty() || name[0] == '.' || name[0] == '-' || !std::ranges::all_of(name, is_word_character)) return false;
    begin = end + 1;
  }
  return names >= least && names <= most;
}

/// The same for "host/…", where the host may have a port.
bool is_host_and_path(std::string_view text) {
  const std::size_t slash = text.find('/'), colon = text.find(':');
  if (colon == std::string_view::npos) return is_path(text, 2, 16);
  if (slash == std::string_view::npos || colon > slash) return false;
  const std::string_view port = text.substr(colon + 1, slash - colon - 1);
  const bool digits = std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  return digits && !port.empty() && port.size() <= 5 && is_path(text.substr(0, colon), 1, 1) &&
         is_path(text.substr(slash + 1), 1, 16);
}

bool is_url(std::string_view text) {
  std::size_t host = std::string_view::npos;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (text.starts_with(scheme)) host = scheme.size();
  }
  const auto allowed = [](char c) {
    return c > 0x20 && c < 0x7f && std::string_view("\"'<>\\^`{|}#@").find(c) == std::string_view::npos;
  };
  return host < text.size() && text[host] != '/' && text[host] != ':' && std::ranges::all_of(text, allowed);
}

core::Bytes joined(char kind, std::string_view first, core::ByteView second = {}, std::string_view third = {}) {
  core::Bytes bytes{static_cast<std::uint8_t>(kind)};
  bytes.insert(bytes.end(), first.begin(), first.end());
  if (kind != 'u') bytes.push_back(0);
  bytes.insert(bytes.end(), second.begin(), second.end());
  bytes.insert(bytes.end(), third.begin(), third.end());
  return bytes;
}

core::Result<core::Bytes> hugging_face_bytes(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || !is_path(text.substr(0, at), 2, 2)) return unknown_form();
  const std::string_view commit = text.substr(at + 1, 2 * kCommitBytes);
  std::string_view folder = text.substr(std::min(text.size(), at + 1 + commit.size()));
  const auto lower = [](char c) { return !(c >= 'A' && c <= 'F'); };
  if (commit.size() != 2 * kCommitBytes || !std::ranges::all_of(commit, lower)) {
    return core::invalid("a Hugging Face repository is named with a whole commit of 40 hex digits: " +
                         std::string(kHuggingFace) + std::string(text.substr(0, at)) + "@<commit>");
  }
  const core::Bytes digits = TRY(codec::parse_hex(commit).context("the commit"));
  if (!folder.empty()) {
    if (folder[0] != '/' || !is_path(folder.substr(1), 1, 8)) return unknown_form();
    folder.remove_prefix(1);
  }
  return joined('h', text.substr(0, at), digits, folder);
}

core::Result<core::Bytes> git_bytes(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || !is_host_and_path(text.substr(0, at)) || !is_path(text.substr(at + 1), 1, 8)) {
    return unknown_form();
  }
  return joined('g', text.substr(0, at), core::as_bytes(text.substr(at + 1)));
}

core::Result<core::Bytes> bytes_of(std::string_view text) {
  if (text.starts_with(kHuggingFace)) return hugging_face_bytes(text.substr(kHuggingFace.size()));
  if (text.starts_with(kGit)) return git_bytes(text.substr(kGit.size()));
  if (is_url(text)) return joined('u', text);
  return unknown_form();
}

/// The text that `bytes` would stand for; pointer_text() sees whether it really does.
std::string text_of(core::ByteView bytes) {
  if (bytes.empty()) return {};
  const std::string_view rest = core::as_text(bytes.subspan(1));
  if (bytes[0] == 'u') return std::string(rest);
  const std::size_t zero = rest.find('\0');
  if (zero == std::string_view::npos) return {};
  const std::string first(rest.substr(0, zero));
  const core::ByteView second = bytes.subspan(zero + 2);
  if (bytes[0] == 'g') return std::string(kGit) + first + "@" + std::string(core::as_text(second));
  if (bytes[0] != 'h' || second.size() < kCommitBytes) return {};
  const std::string folder(core::as_text(second.subspan(kCommitBytes)));
  return std::string(kHuggingFace) + first + "@" + codec::hex(second.first(kCommitBytes)) +
         (folder.empty() ? "" : "/" + folder);
}

}  // namespace

core::Result<core::Bytes> pointer_bytes(std::string_view text) {
  core::Bytes bytes = TRY(bytes_of(text));
  if (bytes.size() > kMaxPointer) {
    return core::invalid("the package's place '" + std::string(text.substr(0, 100)) + "' needs " +
                         std::to_string(bytes.size()) + " bytes on the ledger, at most " + std::to_string(kMaxPointer) +
                         " fit; use a shorter address");
  }
  return bytes;
}

core::Result<std::string> pointer_text(core::ByteView bytes) {
  if (bytes.size() > kMaxPointer) return unknown_form();
  std::string text = text_of(bytes);
  const auto again = bytes_of(text);
  if (!again.ok() || !std::ranges::equal(*again, bytes)) return unknown_form();
  return text;
}

std::string place_of(std::string_view pointer, const hash::Digest& content) {
  constexpr std::string_view kEnding = ".tar.zst";
  std::string place(pointer);
  if (!pointer.starts_with("http") || pointer.ends_with(kEnding)) return place;
  if (!place.ends_with('/')) place += '/';
  return place + content.hex() + std::string(kEnding);
}

}  // namespace noonmark::submission
