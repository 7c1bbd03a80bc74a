#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"
#include "net/http/message.h"
#include "serving/router/router.h"

namespace noonmark::openai {

/// What a caller asks workers for: read with all limits and checked, before it is known who does it.
struct Order {
  std::string model;          ///< as the caller names it; empty: any that does the task
  std::string_view job_path;  ///< of the worker's API
  /// The job's body, written anew for the model of that name. Fails: invalid.
  std::function<core::Result<std::string>(const std::string& model)> write;
  /// Turns a whole answer of the worker's into the caller's words; empty: they are the same. Fails: corrupt.
  std::function<core::Result<std::string>(std::string answer)> translate;
  http::Headers fields;  ///< of the answer
};

/// Requests of one address, all by POST, that become jobs. A new kind of task at the gateway is one more of these.
struct Kind {
  std::string_view path;
  std::string_view task;  ///< what a model must do, as in a package's manifest
  std::string_view does;  ///< the same in words: "makes pictures"
  /// Threads: any. Fails: usage (another content type), invalid (the member's name is in the message), exhausted.
  core::Result<Order> (*read)(const http::Request& request);
};

/// An address that tells something of the models in service, by GET and with a key.
struct Page {
  std::string_view path;
  codec::Json (*tell)(const std::vector<router::Model>& models);
};

/// "application/json" where the request says nothing else.
std::string_view media_type(const http::Request& request);
/// Whether the body says that it is JSON, or says nothing. Fails: usage.
core::Result<void> expect_json(const http::Request& request);

/// For a request that names no seed: 48 bits, so that every JSON reader keeps it.
std::uint64_t random_seed();

/// OpenAI's images: generations, edits (as a form or as JSON), variations; and our own upscales.
std::vector<Kind> image_kinds();
/// OpenAI's chat completions and completions.
std::vector<Kind> text_kinds();
/// All that there are.
std::vector<Kind> all_kinds();

}  // namespace noonmark::openai
