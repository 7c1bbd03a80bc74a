#include "serving/worker/pass_on.h"

#include <algorithm>

#include "trial/runner/protocol.h"

namespace noonmark::worker {
namespace {

using job::Failure;

constexpr std::size_t kMaxType = 128;

Failure::Kind kind_of(int status) {
  if (status == 429 || status == 503) return Failure::Kind::busy;
  return status / 100 == 4 ? Failure::Kind::refused : Failure::Kind::unable;
}

/// A foreign header that the link carries.
std::string_view fit(std::string_view content_type) {
  const bool fits = content_type.size() <= kMaxType &&
                    std::ranges::all_of(content_type, [](char c) { return c >= 0x20 && c < 0x7f; });
  return fits ? content_type : "application/octet-stream";
}

}  // namespace

bool pass_on(const job::Job& job, const Exchange& exchange, link::Answer& answer) {
  http::Request request;
  request.method = "POST";
  request.target = job.path;
  request.headers.add("Content-Type", "application/json");
  request.body = job.body;
  const client::HttpClient::Watch watch{
      [&](int status, std::string_view content_type) { answer.head(status, fit(content_type)); },
      [&](std::string_view piece) { return answer.piece(piece); }, [&] { return !answer.cancelled(); }};
  const auto response = exchange(request, job.time_left, watch);
  if (!response.ok()) {
    const bool unwanted = response.error().kind == core::ErrorKind::cancelled;
    const Failure failure{unwanted ? Failure::Kind::cancelled : Failure::Kind::unable, response.error().message};
    answer.end(&failure);
    return unwanted;
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
