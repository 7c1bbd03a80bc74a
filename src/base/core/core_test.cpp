#include <gtest/gtest.h>

#include "base/core/clock.h"
#include "base/core/ids.h"
#include "base/core/result.h"

namespace noonmark::core {
namespace {

Result<int> parse_digit(char c) {
  if (c < '0' || c > '9') return invalid("not a digit");
  return c - '0';
}

Result<int> sum_of_digits(std::string_view text) {
  int sum = 0;
  for (const char c : text) sum += TRY(parse_digit(c));
  return sum;
}

Result<void> only_digits(std::string_view text) {
  TRY(sum_of_digits(text));
  return {};
}

TEST(Result, TryPassesValuesOnAndReturnsTheFirstError) {
  EXPECT_EQ(sum_of_digits("123").value(), 6);
  ASSERT_FALSE(sum_of_digits("1x3").ok());
  EXPECT_EQ(sum_of_digits("1x3").error().kind, ErrorKind::invalid);
  EXPECT_TRUE(only_digits("9").ok());
  EXPECT_EQ(only_digits("?").error().message, "not a digit");
}

TEST(Result, ContextIsPrependedToTheMessageAndKeepsTheKind) {
  const Result<int> failed = parse_digit('x').context("reading the width");
  EXPECT_EQ(failed.error(), (Error{ErrorKind::invalid, "reading the width: not a digit"}));
}

TEST(Result, HoldsTypesThatOnlyMove) {
  Result<std::unique_ptr<int>> owned = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = std::move(owned).value();
  EXPECT_EQ(*taken, 7);
}

TEST(ResultDeathTest, ReadingTheValueOfAFailureEndsTheProcess) {
  EXPECT_DEATH((void)parse_digit('x').value(), "not a digit");
  EXPECT_DEATH((void)parse_digit('1').error(), "holds a value");
}

TEST(CheckDeathTest, StaysOnInEveryBuild) { EXPECT_DEATH(CHECK(1 > 2, "arithmetic"), "1 > 2: arithmetic"); }

TEST(Errno, MapsToTheKindThatSaysWhatToDo) {
  EXPECT_EQ(from_errno(ENOENT, "x").kind, ErrorKind::not_found);
  EXPECT_EQ(from_errno(EACCES, "x").kind, ErrorKind::denied);
  EXPECT_EQ(from_errno(ENOSPC, "x").kind, ErrorKind::exhausted);
}

TEST(FakeClock, MovesOnlyWhenToldTo) {
  FakeClock clock(UnixNanos(Nanos(1000)));
  const Deadline deadline(clock, Nanos(10));
  EXPECT_FALSE(deadline.passed());
  clock.advance(Nanos(10));
  EXPECT_TRUE(deadline.passed());
  EXPECT_EQ(clock.now(), UnixNanos(Nanos(1010)));
}

TEST(SystemClock, SteadyTimeDoesNotRunBackwards) {
  const SystemClock clock;
  const Nanos before = clock.steady();
  EXPECT_GE(clock.steady(), before);
}

TEST(Id, KindsDoNotMix) {
  using EntryId = Id<struct EntryTag>;
  using KeyId = Id<struct KeyTag>;
  static_assert(!std::is_convertible_v<EntryId, KeyId>);
  EXPECT_LT(EntryId{"a"}, EntryId{"b"});
}

}  // namespace
}  // namespace noonmark::core
