#include "base/core/bytes.h"
#include "base/core/check.h"
#include "model/passes/recipe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  const auto recipe = passes::parse_recipe(core::as_text({data, size}));
  if (!recipe.ok()) return 0;
  const auto again = passes::parse_recipe(passes::to_text(*recipe));
  CHECK(again.ok() && *again == *recipe, "a written recipe reads back differently");
  return 0;
}
