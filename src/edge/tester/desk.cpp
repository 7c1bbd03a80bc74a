#include "edge/tester/desk.h"

#include <algorithm>
#include <charconv>
#include <fstream>

#include "base/codec/fields.h"

namespace noonmark::tester {
namespace {

using codec::Json;

/// Strangers may send whole bodies before they are found out; so there is room for few at a time.
constexpr std::uint64_t kMaxBody = std::uint64_t{16} << 20;
constexpr std::size_t kMaxConnections = 64;
/// A piece of a package per answer.
constexpr std::uint64_t kPiece = std::uint64_t{8} << 20;

core::Result<std::uint64_t> parse_number(std::string_view text, std::string_view what) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number > std::uint64_t{INT64_MAX}) {
    return core::invalid(std::string(what) + " must be a number");
  }
  return number;
}

core::Result<Json> parse_body(const http::Request& request) {
  codec::JsonLimits limits;
  limits.max_bytes = kMaxBody;
  return codec::parse_json(request.body, limits);
}

/// The bytes from `Range: bytes=N-` on, or from the first, at most kPiece of them.
core::Result<http::Response> send_piece(const std::filesystem::path& file, const http::Request& request) {
  std::uint64_t from = 0;
  if (const auto range = request.headers.find("Range")) {
    if (!range->starts_with("bytes=") || !range->ends_with("-")) return core::invalid("Range must be bytes=N-");
    from = TRY(parse_number(range->substr(6, range->size() - 7), "Range"));
  }
  std::error_code problem;
  const std::uint64_t size = std::filesystem::file_size(file, problem);
  if (problem) return core::internal("a packed package is missing: " + problem.message());
  if (from >= size) return core::invalid("Range begins behind the end");
  http::Response response;
  response.status = 206;
  response.body.resize(std::min(kPiece, size - from));
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(from));
  stream.read(response.body.data(), static_cast<std::streamsize>(response.body.size()));
  if (!stream) return core::internal("a packed package can't be read");
  response.headers.set("Content-Type", "application/octet-stream");
  response.headers.set("Content-Range", "bytes " + std::to_string(from) + "-" +
                                            std::to_string(from + response.body.size() - 1) + "/" +
                                            std::to_string(size));
  return response;
}

/// What follows `prefix` in the path, as a digest.
core::Result<hash::Digest> digest_in(std::string_view path, std::string_view prefix) {
  return hash::Digest::parse(path.substr(prefix.size()));
}

core::Result<http::Response> give_work(Workload& workload, const sign::AccountId& tester, const http::Request& request,
                                       core::UnixNanos now) {
  const Json body = TRY(parse_body(request));
  const Hello hello = TRY(hello_from_json(body));
  const auto work = TRY(workload.lease(tester, hello, now));
  return answer(Json::object({{"work", work ? to_json(*work) : Json()}}));
}

core::Result<http::Response> renew(Workload& workload, const sign::AccountId& tester, const http::Request& request,
                                   core::UnixNanos now) {
  const Json body = TRY(parse_body(request));
  codec::Fields fields(body, "renewal");
  const std::int64_t lease = fields.integer("lease", 1);
  TRY(fields.finish());
  TRY(workload.renew(tester, lease, now));
  return answer(Json::object());
}

core::Result<http::Response> take_picture(Workload& workload, const sign::AccountId& tester,
                                          const http::Request& request, core::UnixNanos now) {
  constexpr std::string_view kLease = "lease=";
  if (!request.query().starts_with(kLease)) return core::invalid("the query must be lease=N");
  const auto lease = static_cast<std::int64_t>(TRY(parse_number(request.query().substr(kLease.size()), "lease")));
  const hash::Digest name = TRY(digest_in(request.path(), "/tester/blob/"));
  TRY(workload.put_picture(tester, lease, name, core::as_bytes(request.body), now));
  return answer(Json::object());
}

core::Result<http::Response> take_result(Workload& workload, const sign::AccountId& tester,
                                         const http::Request& request, core::UnixNanos now) {
  const Json body = TRY(parse_body(request));
  codec::Fields fields(body, "result");
  const std::int64_t lease = fields.integer("lease", 1);
  const Json& told = fields.child("findings");
  TRY(fields.finish());
  Findings findings = TRY(findings_from_json(told));
  TRY(workload.finish(tester, lease, std::move(findings), now));
  return answer(Json::object());
}

core::Result<http::Response> route(Workload& workload, const sign::AccountId& tester, const http::Request& request,
                                   core::UnixNanos now) {
  constexpr std::string_view kPackage = "/tester/package/";
  const std::string_view path = request.path();
  const bool get = request.method == "GET", post = request.method == "POST";
  if (post && path == "/tester/lease") return give_work(workload, tester, request, now);
  if (post && path == "/tester/renew") return renew(workload, tester, request, now);
  if (post && path == "/tester/result") return take_result(workload, tester, request, now);
  if (request.method == "PUT" && path.starts_with("/tester/blob/")) {
    return take_picture(workload, tester, request, now);
  }
  if (get && path == "/tester/contest") return answer(to_json(workload.brief()));
  if (get && path.starts_with(kPackage)) {
    const hash::Digest content = TRY(digest_in(path, kPackage));
    return send_piece(TRY(workload.package(content)), request);
  }
  return core::not_found("there is no " + request.method + " " + std::string(path.substr(0, 200)));
}

}  // namespace

core::Result<std::unique_ptr<Desk>> Desk::start(DeskSettings settings, core::Clock& clock) {
  const auto allowed = [testers = std::move(settings.testers)](const sign::AccountId& account) {
    return testers.contains(account);
  };
  auto verifier = TRY(signed_http::Verifier::open(settings.account, allowed, std::move(settings.fence)));
  std::unique_ptr<Desk> desk(new Desk(std::move(verifier), clock));  // NOLINT: the constructor is private
  const auto handler = [here = desk.get()](http::Request request, server::Responder responder) {
    const std::lock_guard lock(here->jobs_mutex_);
    here->jobs_.emplace_back(std::move(request), std::move(responder));
    here->jobs_changed_.notify_one();
  };
  server::Limits limits;
  limits.message.body_bytes = kMaxBody;
  limits.connections = limits.requests_in_flight = kMaxConnections;
  desk->server_ = TRY(server::HttpServer::start(settings.endpoint, handler, limits));
  desk->worker_ = std::jthread([here = desk.get()](const std::stop_token& stop) { here->work(stop); });
  return desk;
}

Desk::~Desk() {
  if (server_) server_->stop(std::chrono::milliseconds(0));
}

void Desk::attach(Workload* workload) {
  const std::lock_guard lock(workload_mutex_);
  workload_ = workload;
}

void Desk::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::unique_lock lock(jobs_mutex_);
    if (!jobs_changed_.wait(lock, stop, [this] { return !jobs_.empty(); })) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job.second.respond(serve(job.first));
  }
}

http::Response Desk::serve(const http::Request& request) {
  auto response = dispatch(request);
  return response.ok() ? *std::move(response) : refusal(response.error());
}

core::Result<http::Response> Desk::dispatch(const http::Request& request) {
  const core::UnixNanos now = clock_.now();
  const bool open = request.method == "GET" && request.path() == "/tester/state";
  sign::AccountId tester;
  if (!open) tester = TRY(verifier_->verify(request, now));
  const std::lock_guard lock(workload_mutex_);
  if (workload_ == nullptr) return core::unavailable("no contest is being held now; ask again later");
  if (open) return answer(TRY(workload_->state(now)));
  return route(*workload_, tester, request, now);
}

}  // namespace noonmark::tester
