#pragma once

#include <cstdint>
#include <functional>
#include <optional>
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
  http::Headers fields;    ///< of the answer
  std::int64_t units = 1;  ///< what it costs (units.h); at least 1
  bool streams = false;    ///< the answer is to come as events
};

/// Requests of one address, all by POST, that become jobs. A new kind of task at the gateway is one more of these.
struct Kind {
  std::string_view path;  ///< one '*' in it stands for any text (name_in); the first address that fits counts
  std::string_view task;  ///< what a model must do, as in a package's manifest
  std::string_view does;  ///< the same in words: "makes pictures"
  /// Threads: any. Fails: usage (another content type), invalid (the member's name is in the message), exhausted.
  core::Result<Order> (*read)(const http::Request& request);
};

/// What a page may look at.
struct Seen {
  const std::vector<router::Model>& models;  ///< in service
  bool ready;                                ///< there are some, and the gateway isn't going away
  std::string_view name;                     ///< what stands for the '*' of its path
  const http::Request& request;
};

/// An address that tells something of the models in service and changes nothing.
struct Page {
  std::string_view path;  ///< as Kind::path
  http::Response (*tell)(const Seen& seen);
  std::string_view method = "GET";
  bool open = false;  ///< to everybody, without a key
};

/// What stands for the '*' in `pattern` where `path` fits it, "" where both are the same; nothing where it doesn't fit.
std::optional<std::string_view> name_in(std::string_view pattern, std::string_view path);

http::Response json_response(const codec::Json& json, int status = 200);

/// "application/json" where the request says nothing else.
std::string_view media_type(const http::Request& request);
/// Whether the body says that it is JSON, or says nothing. Fails: usage.
core::Result<void> expect_json(const http::Request& request);

/// HTTP's status for a request that couldn't be read.
int status_of(const core::Error& error);

/// For a request that names no seed: 48 bits, so that every JSON reader keeps it.
std::uint64_t random_seed();

/// OpenAI's images: generations, edits (as a form or as JSON), variations; and our own upscales.
std::vector<Kind> image_kinds();
/// OpenAI's chat completions and completions.
std::vector<Kind> text_kinds();
/// OpenAI's embeddings, of pictures too.
std::vector<Kind> embedding_kinds();
/// All that there are.
std::vector<Kind> all_kinds();

}  // namespace noonmark::openai
