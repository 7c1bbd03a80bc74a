#pragma once

#include <functional>
#include <string_view>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "net/client/http_client.h"
#include "net/http/message.h"
#include "serving/job/job.h"
#include "serving/link/uplink.h"

namespace noonmark::worker {

/// Does one HTTP exchange, as client::HttpClient::stream.
using Exchange = std::function<core::Result<http::Response>(const http::Request& request, core::Nanos limit,
                                                            const client::HttpClient::Watch& watch)>;

/// Whether jobs may have this path: whatever else a server has isn't reached.
bool is_work(std::string_view path);

/// Gives a job to a server with OpenAI's API and its answer back as it comes. What the server says in words of HTTP
/// becomes a failure: 400, 413, 415 and 422 are the caller's (refused), 429 and 503 mean that it has no room (busy),
/// the rest is the server's (unable). A job whose time is over is ended like one that nobody wants any more. Returns
/// false when the exchange itself broke, so that the server may be of no more use.
bool pass_on(const job::Job& job, const core::Clock& clock, const Exchange& exchange, link::Answer& answer);

}  // namespace noonmark::worker
