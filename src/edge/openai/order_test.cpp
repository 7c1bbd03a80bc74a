#include "edge/openai/order.h"

#include <gtest/gtest.h>

namespace noonmark::openai {
namespace {

TEST(NameIn, OneStarStandsForAnyTextButNone) {
  EXPECT_EQ(name_in("/v1/models", "/v1/models"), "");
  EXPECT_EQ(name_in("/v1/models/*", "/v1/models/a/b"), "a/b");
  EXPECT_EQ(name_in("/v2/models/*/infer", "/v2/models/quick/infer"), "quick");
  EXPECT_EQ(name_in("/v2/models/*/infer", "/v2/models/infer/infer"), "infer");
  for (const char* path : {"", "/", "/v2/models", "/v2/models/infer", "/v2/models//infer", "/v2/models/a/infer/",
                           "/v2/models/a/infe", "/V2/models/a/infer"}) {
    EXPECT_FALSE(name_in("/v2/models/*/infer", path)) << path;
  }
  EXPECT_FALSE(name_in("/v1/models", "/v1/models/"));
}

}  // namespace
}  // namespace noonmark::openai
