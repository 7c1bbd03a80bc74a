// Foreign bytes as HTTP requests: however they are cut into pieces, the same requests come out or the same bytes are
// refused; what was accepted holds the limits, and written out again it reads back as the same request.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/check.h"
#include "net/http/reader.h"

namespace {

using namespace noonmark;

constexpr http::MessageLimits kLimits{2048, 4096};

struct Outcome {
  std::vector<http::Request> requests;
};

Outcome read_all(std::string_view bytes, std::size_t piece) {
  Outcome outcome;
  http::RequestReader reader(kLimits);
  std::string pending;
  while (true) {
    const std::size_t taken = reader.feed(pending);
    CHECK(taken <= pending.size());
    pending.erase(0, taken);
    if (reader.refusal()) {
      CHECK(reader.refusal()->status >= 400 && reader.refusal()->status <= 505);
      return outcome;
    }
    if (reader.done()) {
      outcome.requests.push_back(reader.take());
      continue;
    }
    if (taken > 0 && !pending.empty()) continue;
    if (bytes.empty()) return outcome;
    pending += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
}

bool same(const http::Request& a, const http::Request& b) {
  const auto equal_field = [](const http::Header& x, const http::Header& y) {
    return x.name == y.name && x.value == y.value;
  };
  return a.method == b.method && a.target == b.target && a.body == b.body && a.keep_alive == b.keep_alive &&
         std::equal(a.headers.fields().begin(), a.headers.fields().end(), b.headers.fields().begin(),
                    b.headers.fields().end(), equal_field);
}

void check_round_trip(const http::Request& request) {
  CHECK(request.body.size() <= kLimits.body_bytes);
  std::string bytes = http::write_request_head(request, "x") + request.body;
  http::RequestReader reader(http::MessageLimits{1 << 20, kLimits.body_bytes});
  std::size_t at = 0;
  while (at < bytes.size() && !reader.done() && !reader.refusal())
    at += reader.feed(std::string_view(bytes).substr(at));
  CHECK(reader.done(), "an accepted request must be accepted again");
  const http::Request again = reader.take();
  CHECK(again.method == request.method && again.target == request.target && again.body == request.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = 1 + data[0] % 64;
  const std::string_view bytes = core::as_text({data + 1, size - 1});
  const Outcome whole = read_all(bytes, bytes.size() + 1);
  const Outcome pieces = read_all(bytes, piece);
  // An unfinished message may be refused a little earlier in one way than in the other; a finished one may not.
  CHECK(whole.requests.size() == pieces.requests.size(),
        "the same bytes must give the same requests however they arrive");
  for (std::size_t i = 0; i < whole.requests.size(); ++i) {
    CHECK(same(whole.requests[i], pieces.requests[i]));
    check_round_trip(whole.requests[i]);
  }
  return 0;
}
