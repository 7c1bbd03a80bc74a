#include "crypto/sign/secret.h"

#include <gtest/gtest.h>

namespace noonmark::sign {
namespace {

TEST(Secret, IsGoneFromWhereItWasMovedFrom) {
  std::string plain = "short";  // lies inside the string object
  const char* inside = plain.data();
  SecretText one(std::move(plain));
  EXPECT_EQ(std::string_view(inside, 5).find_first_not_of('\0'), std::string_view::npos);
  inside = one->data();
  const SecretText two = std::move(one);
  EXPECT_EQ(std::string_view(inside, 5).find_first_not_of('\0'), std::string_view::npos);
  EXPECT_EQ(*two, "short");
}

TEST(Secret, IsGoneFromAnArrayToo) {
  Secret<std::array<std::uint8_t, 4>> one({1, 2, 3, 4}), two;
  two = std::move(one);
  EXPECT_EQ(*two, (std::array<std::uint8_t, 4>{1, 2, 3, 4}));
  EXPECT_EQ(*one, (std::array<std::uint8_t, 4>{}));
}

}  // namespace
}  // namespace noonmark::sign
