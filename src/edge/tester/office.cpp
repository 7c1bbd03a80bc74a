#include "edge/tester/office.h"

#include <charconv>
#include <fstream>

#include "base/codec/fields.h"
#include "net/signed/stamp.h"

namespace noonmark::tester {
namespace {

using codec::Json;

constexpr std::chrono::seconds kCallLimit{30};
constexpr std::chrono::milliseconds kPause{500};
constexpr http::MessageLimits kLimits{16 * 1024, std::uint64_t{16} << 20};

bool may_help_to_repeat(const core::Error& error) {
  return error.kind == core::ErrorKind::unavailable || error.kind == core::ErrorKind::timeout;
}

/// The whole length in "bytes 0-99/1234".
core::Result<std::uint64_t> total_in(const http::Response& response) {
  const std::string_view text = response.headers.find("Content-Range").value_or("");
  const std::string_view digits = text.substr(std::min(text.size(), text.find('/') + 1));
  std::uint64_t total = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), total);
  if (problem != std::errc() || end != digits.data() + digits.size()) {
    return core::corrupt("the validator's answer has no Content-Range");
  }
  return total;
}

}  // namespace

Office::Office(client::Address validator, const sign::AccountId& account, const sign::Sr25519Pair& key,
               core::Clock& clock, const std::atomic<bool>& stop)
    : client_(std::move(validator), clock, kLimits), account_(account), key_(key), clock_(clock), stop_(stop) {}

core::Result<http::Response> Office::call(http::Request request) {
  const core::Deadline patience(clock_, kPatience);
  for (;;) {
    if (stop_.load()) return core::cancelled("stopped");
    signed_http::stamp(request, key_, account_, clock_.now(), signed_http::fresh_nonce());
    auto response = client_.send(request, kCallLimit);
    if (response.ok() && response->status < 300) return response;
    core::Error error = response.ok() ? error_of(*response) : response.error();
    if (!may_help_to_repeat(error) || patience.passed()) return error;
    clock_.sleep_for(kPause);
  }
}

core::Result<Json> Office::call_json(const char* method, std::string target, std::string body) {
  http::Request request;
  request.method = method;
  request.target = std::move(target);
  request.body = std::move(body);
  const http::Response response = TRY(call(std::move(request)));
  auto json = codec::parse_json(response.body);
  if (!json.ok()) return core::corrupt("the validator's answer: " + json.error().message);
  return json;
}

core::Result<std::optional<Work>> Office::lease(const Hello& hello) {
  const Json json = TRY(call_json("POST", "/tester/lease", codec::write_json(to_json(hello))));
  codec::Fields fields(json, "answer");
  const Json* work = fields.optional_child("work");
  TRY(fields.finish());
  if (work == nullptr) return std::optional<Work>();
  return std::optional(TRY(work_from_json(*work)));
}

core::Result<Brief> Office::brief() {
  const Json json = TRY(call_json("GET", "/tester/contest", ""));
  return brief_from_json(json);
}

core::Result<void> Office::renew(std::int64_t lease) {
  TRY(call_json("POST", "/tester/renew", codec::write_json(Json::object({{"lease", lease}}))));
  return {};
}

core::Result<void> Office::put_picture(std::int64_t lease, const hash::Digest& name, const core::Bytes& content) {
  TRY(call_json("PUT", "/tester/blob/" + name.hex() + "?lease=" + std::to_string(lease),
                std::string(core::as_text(content))));
  return {};
}

core::Result<void> Office::finish(std::int64_t lease, const Findings& findings) {
  const Json body = Json::object({{"lease", lease}, {"findings", to_json(findings)}});
  TRY(call_json("POST", "/tester/result", codec::write_json(body)));
  return {};
}

core::Result<void> Office::fetch_package(const hash::Digest& content, const std::filesystem::path& file,
                                         std::uint64_t max_bytes) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  std::uint64_t have = 0, total = 1;
  while (have < total) {
    http::Request request;
    request.target = "/tester/package/" + content.hex();
    request.headers.set("Range", "bytes=" + std::to_string(have) + "-");
    const http::Response piece = TRY(call(std::move(request)));
    total = TRY(total_in(piece));
    if (total > max_bytes) return core::exhausted("the packed package is larger than the contest allows");
    if (piece.body.empty()) return core::corrupt("the validator's answer holds no piece of the package");
    stream.write(piece.body.data(), static_cast<std::streamsize>(piece.body.size()));
    have += piece.body.size();
  }
  stream.close();
  if (!stream) return core::internal("cannot write " + file.string());
  return {};
}

}  // namespace noonmark::tester
