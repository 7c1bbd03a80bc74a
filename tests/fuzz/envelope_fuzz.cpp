// Foreign bytes as requests for jobs and quotes, and what is in them as a request of every kind: what is accepted
// becomes a job that can be written, and costs something.
#include <cstddef>
#include <cstdint>

#include "base/core/bytes.h"
#include "base/core/check.h"
#include "edge/gateway/gateway.h"
#include "edge/openai/envelope.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  static const std::vector<openai::Kind> kinds = gateway::kinds();
  http::Request request;
  request.body = core::as_text({data, size});
  const auto envelope = openai::read_envelope(request, true);
  if (!envelope.ok()) return 0;
  http::Request inner;
  inner.method = "POST";
  inner.target = envelope->path;
  inner.body = envelope->body;
  for (const openai::Kind& kind : kinds) {
    if (!openai::name_in(kind.path, inner.path())) continue;
    const auto order = kind.read(inner);
    if (!order.ok()) continue;
    CHECK(order->units >= 1, "work costs something");
    CHECK(order->write("m").ok(), "an accepted request can be written");
  }
  return 0;
}
