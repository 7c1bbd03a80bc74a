// Foreign bytes as requests of the Open Inference Protocol, and as what a worker answers to them: what is accepted
// becomes a job that our own words accept.
#include <cstddef>
#include <cstdint>

#include "base/core/bytes.h"
#include "base/core/check.h"
#include "edge/oip/oip.h"
#include "trial/runner/protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  http::Request request;
  request.method = "POST";
  request.target = "/v2/models/m/infer";
  request.body = core::as_text({data, size});
  const auto order = oip::kinds().front().read(request);
  if (!order.ok()) return 0;
  CHECK(order->units >= 1, "work costs something");
  const auto job = order->write("m");
  CHECK(job.ok(), "an accepted request can be written");
  CHECK(runner::parse_request(*job, *runner::purpose_of(order->job_path)).ok(), "and read by a runner");
  (void)order->translate(request.body);
  return 0;
}
