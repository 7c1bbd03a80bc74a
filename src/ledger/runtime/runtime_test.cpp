#include "ledger/runtime/runtime.h"

#include <gtest/gtest.h>

namespace noonmark::runtime {
namespace {

TEST(Runtime, ItsMetadataIsMetadata) {
  const auto runtime = Runtime::open({});
  ASSERT_TRUE(runtime.ok());
  const auto decoded = scale::decode_metadata((*runtime)->metadata());
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(decoded->call("SubtensorModule", "set_weights")->index, 0);
}

}  // namespace
}  // namespace noonmark::runtime
