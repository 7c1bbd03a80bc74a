// Foreign bytes as requests in AUTOMATIC1111's words, and as what a worker answers to them: what is accepted becomes a
// job that our own words accept.
#include <cstddef>
#include <cstdint>

#include "base/core/bytes.h"
#include "base/core/check.h"
#include "edge/sdapi/sdapi.h"
#include "trial/runner/protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  http::Request request;
  request.method = "POST";
  request.body = core::as_text({data, size});
  for (const openai::Kind& kind : sdapi::kinds()) {
    const auto order = kind.read(request);
    if (!order.ok()) continue;
    const auto job = order->write("m");
    CHECK(job.ok(), "an accepted request can be written");
    CHECK(runner::parse_request(*job, *runner::purpose_of(order->job_path)).ok(), "and read by a runner");
    (void)order->translate(request.body);
  }
  return 0;
}
