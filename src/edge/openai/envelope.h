#pragma once

#include <string>

#include "base/core/result.h"
#include "net/http/message.h"

namespace noonmark::openai {

/// A request inside another one: of a quote, or of a job.
struct Envelope {
  std::string path;     ///< where it would be sent by itself, by POST
  std::string body;     ///< JSON, an object
  std::string webhook;  ///< of a job; empty: none
};

/// {"path","body"} and, where it may be there, "webhook". Whether work is done at the path, and whether the webhook may
/// be called, isn't looked at. Fails: usage (another content type), invalid, exhausted.
core::Result<Envelope> read_envelope(const http::Request& request, bool with_webhook);

}  // namespace noonmark::openai
