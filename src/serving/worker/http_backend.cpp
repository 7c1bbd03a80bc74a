#include "serving/worker/http_backend.h"

#include "base/codec/json.h"
#include "serving/worker/pass_on.h"
#include "trial/runner/protocol.h"

namespace noonmark::worker {
namespace {

using job::Failure;

constexpr core::Nanos kPatience = std::chrono::seconds(10);
constexpr std::size_t kMaxModels = 256;

}  // namespace

core::Result<std::vector<job::Offer>> HttpBackend::offers() {
  if (!offer_.model.empty()) return std::vector<job::Offer>{offer_};
  client::HttpClient client(address_, clock_, {16 * 1024, 1024 * 1024});
  http::Request request;
  request.target = "/v1/models";
  const http::Response response = TRY(client.send(request, kPatience));
  if (response.status != 200) {
    return core::unavailable(address_.text() + " answers /v1/models with " + std::to_string(response.status));
  }
  const auto json = codec::parse_json(response.body, {response.body.size() + 1, 16});
  const codec::Json* const list = json.ok() && json->is_object() ? json->find("data") : nullptr;
  if (list == nullptr || !list->is_array()) return core::corrupt(address_.text() + " lists no models at /v1/models");
  std::vector<job::Offer> offers;
  for (const codec::Json& one : list->as_array()) {
    const codec::Json* const id = one.is_object() ? one.find("id") : nullptr;
    if (id == nullptr || !id->is_string() || offers.size() == kMaxModels) continue;
    offers.push_back({id->as_string(), offer_.task, offer_.slots});
  }
  return offers;
}

void HttpBackend::answer(const job::Job& job, link::Answer& answer) {
  // Jobs with pictures in them are JSON of ours; other servers read forms.
  const bool foreign =
      job.path == runner::kEditsPath || job.path == runner::kVariationsPath || job.path == runner::kUpscalesPath;
  if (!is_work(job.path) || foreign) {
    const Failure failure{Failure::Kind::refused, "this worker doesn't serve " + job.path};
    return answer.end(&failure);
  }
  std::unique_ptr<client::HttpClient> client = take();
  const bool whole = pass_on(
      job, clock_,
      [&](const http::Request& request, core::Nanos limit, const client::HttpClient::Watch& watch) {
        return client->stream(request, limit, watch);
      },
      answer);
  if (whole && !answer.cancelled()) give_back(std::move(client));
}

std::unique_ptr<client::HttpClient> HttpBackend::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<client::HttpClient>(address_, clock_);
  std::unique_ptr<client::HttpClient> client = std::move(idle_.back());
  idle_.pop_back();
  return client;
}

void HttpBackend::give_back(std::unique_ptr<client::HttpClient> client) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < static_cast<std::size_t>(offer_.slots)) idle_.push_back(std::move(client));
}

}  // namespace noonmark::worker
