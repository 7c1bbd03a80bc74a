#pragma once

#include <functional>
#include <string_view>

#include "base/core/result.h"
#include "net/client/http_client.h"
#include "net/http/message.h"
#include "serving/job/job.h"
#include "serving/link/uplink.h"

namespace noonmark::worker {

/// Does one HTTP exchange, as client::HttpClient::stream.
using Exchange = std::function<core::Result<http::Response>(const http::Request& request, core::Nanos limit,
                                                            const client::HttpClient::Watch& watch)>;

/// Gives a job to a server with OpenAI's API and its answer back as it comes. What the server says in words of HTTP
/// becomes a failure: 4xx is the caller's (refused), 429 and 503 mean that it has no room (busy), the rest is the
/// server's (unable). Returns false when the exchange itself broke, so that the server may be of no more use.
bool pass_on(const job::Job& job, const Exchange& exchange, link::Answer& answer);

}  // namespace noonmark::worker
