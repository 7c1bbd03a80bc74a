#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/core/clock.h"
#include "net/client/http_client.h"
#include "serving/worker/backend.h"

namespace noonmark::worker {

/// Any server with OpenAI's API, such as llama.cpp's or stable-diffusion.cpp's.
class HttpBackend final : public Backend {
 public:
  /// `offer.model` empty: what the server itself lists at /v1/models, each with the offer's task and slots.
  /// `clock` must outlive it.
  HttpBackend(client::Address address, job::Offer offer, const core::Clock& clock)
      : address_(std::move(address)), offer_(std::move(offer)), clock_(clock) {}

  /// Fails: unavailable, timeout (the server doesn't answer), corrupt (it lists no models).
  core::Result<std::vector<job::Offer>> offers() override;
  /// Paths of OpenAI's API alone are passed on, so that a gateway doesn't reach whatever else the server has.
  void answer(const job::Job& job, link::Answer& answer) override;

 private:
  std::unique_ptr<client::HttpClient> take();
  void give_back(std::unique_ptr<client::HttpClient> client);

  const client::Address address_;
  const job::Offer offer_;
  const core::Clock& clock_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<client::HttpClient>> idle_;  // connections that may be used again
};

}  // namespace noonmark::worker
