// Foreign bytes as receipts and as catalogs: nothing unsigned passes; a catalog that is accepted reads back the same.
#include <cstddef>
#include <cstdint>

#include "base/core/bytes.h"
#include "base/core/check.h"
#include "model/catalog/catalog.h"
#include "serving/receipt/receipt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  const std::string_view text = core::as_text({data, size});
  CHECK(!receipt::verify(text).ok(), "a receipt that nobody has signed");
  if (const auto catalog = catalog::parse(text); catalog.ok()) {
    CHECK(catalog::parse(catalog::text(*catalog)).value() == *catalog);
  }
  return 0;
}
