// Foreign bytes as requests for embeddings: what is accepted reads back the same.
#include <cstddef>
#include <cstdint>

#include "base/core/bytes.h"
#include "base/core/check.h"
#include "trial/runner/embedding_words.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  const auto request = runner::parse_embedding_request(core::as_text({data, size}));
  if (!request.ok()) return 0;
  const std::string written = runner::write_embedding_request(*request);
  const auto again = runner::parse_embedding_request(written);
  CHECK(again.ok(), "an accepted request can be written and read again");
  CHECK(runner::write_embedding_request(*again) == written, "and has not changed");
  return 0;
}
