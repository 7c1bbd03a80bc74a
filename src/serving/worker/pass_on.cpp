#include "serving/worker/pass_on.h"

#include <algorithm>
#include <array>

#include "trial/runner/protocol.h"

namespace noonmark::worker {
namespace {

using job::Failure;

constexpr std::size_t kMaxType = 128;
/// A server that doesn't stop within this long when it is told to is of no more use.
constexpr core::Nanos kGrace = std::chrono::seconds(10);

/// What of a status is the request's doing: a wrong key for the server or a model that it lacks is the worker's.
Failure::Kind kind_of(int status) {
  constexpr std::array kOfTheRequest = {400, 413, 415, 422};
  if (status == 429 || status == 503) return Failure::Kind::busy;
  return std::ranges::find(kOfTheRequest, status) == kOfTheRequest.end() ? Failure::Kind::unable
                                                                         : Failure::Kind::refused;
}

/// A foreign header that the link carries.
std::string_view fit(std::string_view content_type) {
  const bool fits = content_type.size() <= kMaxType &&
                    std::ranges::all_of(content_type, [](char c) { return c >= 0x20 && c < 0x7f; });
  return fits ? content_type : "application/octet-stream";
}

}  // namespace

bool is_work(std::string_view path) {
  constexpr std::array<std::string_view, 7> kPaths = {
      "/v1/images/generations", "/v1/images/edits", "/v1/images/variations", "/v1/images/upscales",
      "/v1/chat/completions",   "/v1/completions",  "/v1/embeddings"};
  return std::ranges::find(kPaths, path) != kPaths.end();
}

bool pass_on(const job::Job& job, const core::Clock& clock, const Exchange& exchange, link::Answer& answer) {
  const core::Deadline deadline(clock, job.time_left);
  http::Request request;
  request.method = "POST";
  request.target = job.path;
  request.headers.add("Content-Type", "application/json");
  request.body = job.body;
  const client::HttpClient::Watch watch{
      [&](int status, std::string_view content_type) { answer.head(status, fit(content_type)); },
      [&](std::string_view piece) { return answer.piece(piece); },
      [&] { return !answer.cancelled() && !deadline.passed(); }};
  const auto response = exchange(request, job.time_left + kGrace, watch);
  if (!response.ok()) {
    Failure failure{Failure::Kind::unable, response.error().message};
    if (deadline.passed()) failure = {Failure::Kind::timeout, "the answer took too long"};
    if (answer.cancelled()) failure = {Failure::Kind::cancelled, "nobody waits for the answer"};
    answer.end(&failure);
    return response.error().kind == core::ErrorKind::cancelled;
  }
  if (response->status / 100 == 2) {
    answer.end(nullptr);
    return true;
  }
  const Failure failure{kind_of(response->status), runner::error_message(response->body)};
  answer.end(&failure);
  return true;
}

}  // namespace noonmark::worker
