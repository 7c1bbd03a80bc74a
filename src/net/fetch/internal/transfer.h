#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "net/fetch/fetch.h"

namespace noonmark::fetch::internal {

/// One request to one server, without redirections.
struct Hop {
  std::string method = "GET";
  std::string url;
  http::Headers headers;
  std::string_view body;
};

struct Head {
  int status = 0;
  http::Headers headers;
  std::string location;  ///< of a 3xx: the absolute URL that it leads to
};

/// Gets the body in pieces, after the head is complete. Called at least once, with an empty piece for an empty body.
using Sink = std::function<core::Result<void>(const Head&, std::string_view piece)>;

/// A reusable connection to whoever is called. Threads: one at a time.
class Transfer {
 public:
  explicit Transfer(const Policy& policy);
  ~Transfer();

  /// Fails: as Fetcher's calls, or what `sink` says.
  core::Result<Head> run(const Hop& hop, const core::Deadline& deadline, const Sink& sink);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The scheme and host of a URL that may be fetched. Fails: invalid (not http or https, a user name, no host).
struct Origin {
  std::string scheme, host, port;
  bool operator==(const Origin&) const = default;
};
core::Result<Origin> origin_of(const std::string& url);

}  // namespace noonmark::fetch::internal
