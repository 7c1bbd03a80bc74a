#include "serving/job/job.h"

#include "base/codec/text.h"
#include "base/core/random.h"

namespace noonmark::job {

std::string JobId::hex() const { return codec::hex(bytes); }

JobId random_job_id() {
  JobId id;
  core::fill_secure_random(id.bytes);
  return id;
}

}  // namespace noonmark::job
