#include "edge/cli/money.h"

#include <gtest/gtest.h>

namespace noonmark::cli {
namespace {

TEST(Money, AmountsAreExact) {
  EXPECT_EQ(parse_tao("1.5").value(), 1'500'000'000u);
  EXPECT_EQ(parse_tao("0.000000001").value(), 1u);
  EXPECT_EQ(parse_tao("18446744073.709551615").value(), UINT64_MAX);
  EXPECT_EQ(parse_tao("20").value(), 20'000'000'000u);
  for (const book::Rao amount :
       {book::Rao{1}, book::Rao{999'999'999}, book::Rao{1'000'000'000}, book::Rao{UINT64_MAX}}) {
    EXPECT_EQ(parse_tao(tao_text(amount)).value(), amount);
  }
}

TEST(Money, WhatIsNoAmountIsRefused) {
  for (const char* text : {"", "0", "0.0", ".5", "5.", "-1", "+1", "1e3", "1,5", "1.0000000001",
                           "18446744073.709551616", "99999999999999999999", " 1", "1 ", "1.5.5", "0x10"}) {
    const auto amount = parse_tao(text);
    ASSERT_FALSE(amount.ok()) << text;
    EXPECT_EQ(amount.error().kind, core::ErrorKind::usage);
  }
}

}  // namespace
}  // namespace noonmark::cli
