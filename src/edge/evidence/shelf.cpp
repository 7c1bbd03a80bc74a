#include "edge/evidence/shelf.h"

#include <charconv>

#include "base/core/files.h"
#include "contest/rules/contest.h"
#include "edge/evidence/bundle.h"

namespace noonmark::evidence {
namespace {

constexpr std::string_view kRoot = "/evidence/";
constexpr std::string_view kLatest = "latest/";

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

http::Response refusal(int status, std::string_view message) {
  http::Response response = http::error_response(status, message);
  response.headers.set("Cache-Control", "no-store");
  return response;
}

http::Response bytes_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/octet-stream");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Access-Control-Allow-Origin", "*");
  response.body = std::move(body);
  return response;
}

int status_of(const core::Error& error) { return error.kind == core::ErrorKind::not_found ? 404 : 500; }

}  // namespace

std::optional<ByteRange> parse_range(std::string_view field, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!field.starts_with(kUnit)) return std::nullopt;
  field.remove_prefix(kUnit.size());
  const std::size_t dash = field.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first = field.substr(0, dash), last = field.substr(dash + 1);
  if (first.empty()) {
    const auto length = number(last);
    if (!length) return std::nullopt;
    return ByteRange{size - std::min(size, *length), size, *length > 0 && size > 0};
  }
  const auto begin = number(first);
  if (!begin) return std::nullopt;
  if (last.empty()) return ByteRange{*begin, size, *begin < size};
  const auto end = number(last);
  if (!end || *end < *begin) return std::nullopt;
  return ByteRange{*begin, *end >= size ? size : *end + 1, *begin < size};
}

std::filesystem::path Shelf::pointer(std::string_view contest) const {
  return folder_ / ("latest-" + std::string(contest));
}

core::Result<hash::Digest> Shelf::publish(std::string_view sealed) {
  const Bundle bundle = TRY(open(sealed));
  for (const Blob& blob : bundle.blobs) {
    const auto size = TRY(store_.size(blob.digest));
    if (!size || *size != blob.size) {
      return core::not_found("the bundle names " + blob.what + " " + blob.digest.hex() + " of " +
                             std::to_string(blob.size) + " bytes, which isn't in the store; put it there first");
    }
  }
  const hash::Digest name = TRY(store_.put(core::as_bytes(sealed)));
  TRY(core::write_file_atomic(pointer(bundle.day.contest), std::string_view(name.hex())));
  return name;
}

http::Response Shelf::answer(const http::Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    http::Response response = refusal(405, "only GET and HEAD");
    response.headers.add("Allow", "GET, HEAD");
    return response;
  }
  std::string_view path = request.path();
  if (!path.starts_with(kRoot)) return refusal(404, "there is nothing here; evidence lies under /evidence/");
  path.remove_prefix(kRoot.size());
  if (path.starts_with(kLatest)) return latest(path.substr(kLatest.size()));
  const auto name = hash::Digest::parse(path);
  if (!name.ok() || path.size() != 64) return refusal(404, "ask for /evidence/<64 hexadecimal digits>");
  return blob(request, *name);
}

http::Response Shelf::blob(const http::Request& request, const hash::Digest& name) const {
  const std::string tag = "\"" + name.hex() + "\"";
  if (request.headers.has_token("If-None-Match", tag)) {
    http::Response response = bytes_response(304, "");
    response.headers.add("ETag", tag);
    return response;
  }
  const auto content = store_.get(name, kMaxRecord);
  if (!content.ok()) return refusal(status_of(content.error()), content.error().message);
  const std::uint64_t size = content->size();
  http::Response response = bytes_response(200, "");
  std::string_view body = core::as_text(*content);
  const auto wanted = request.headers.find("Range"), condition = request.headers.find("If-Range");
  const auto range = wanted && (!condition || *condition == tag) ? parse_range(*wanted, size) : std::nullopt;
  if (range && !range->satisfiable) {
    response = refusal(416, "the bytes asked for lie behind the end");
    response.headers.add("Content-Range", "bytes */" + std::to_string(size));
    return response;
  }
  if (range) {
    response.status = 206;
    response.headers.add("Content-Range", "bytes " + std::to_string(range->begin) + "-" +
                                              std::to_string(range->end - 1) + "/" + std::to_string(size));
    body = body.substr(range->begin, range->end - range->begin);
  }
  response.headers.add("ETag", tag);
  response.headers.add("Accept-Ranges", "bytes");
  response.headers.add("Cache-Control", "public, max-age=31536000, immutable");
  response.body = std::string(body);
  return response;
}

http::Response Shelf::latest(std::string_view contest) const {
  if (!rules::is_contest_id(contest)) return refusal(404, "ask for /evidence/latest/<contest>");
  const auto pointed = core::read_text(pointer(contest), 64);
  if (!pointed.ok()) return refusal(status_of(pointed.error()), "no day of this contest has been published");
  const auto name = hash::Digest::parse(*pointed);
  if (!name.ok()) return refusal(500, "the note of the latest bundle is damaged; publish again");
  const auto content = store_.get(*name, kMaxBundle);
  if (!content.ok()) return refusal(status_of(content.error()), content.error().message);
  http::Response response = bytes_response(200, std::string(core::as_text(*content)));
  response.headers.set("Content-Type", "application/json");
  response.headers.add("Cache-Control", "no-cache");
  response.headers.add("ETag", "\"" + name->hex() + "\"");
  return response;
}

}  // namespace noonmark::evidence
