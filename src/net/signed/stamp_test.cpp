#include "net/signed/stamp.h"

#include <gtest/gtest.h>

#include "base/core/random.h"

namespace noonmark::signed_http {
namespace {

sign::Sr25519Pair pair_of(std::uint8_t number) {
  return sign::Sr25519Pair(sign::Seed::from_bytes(std::array<std::uint8_t, 32>{number}));
}

http::Request stamped() {
  http::Request request;
  request.method = "POST";
  request.target = "/tester/lease";
  request.body = "{}";
  stamp(request, pair_of(1), pair_of(2).account(), core::UnixNanos(std::chrono::milliseconds(1'795'000'000'123)),
        Nonce{1, 2, 3});
  return request;
}

TEST(Stamp, TheSignedBytesAreTheOnesThatAreDocumented) {
  http::Request request;
  request.method = "POST";
  request.target = "/a?b=c";
  const sign::AccountId receiver = pair_of(2).account();
  EXPECT_EQ(bytes_to_sign(request, receiver, 1234, Nonce{0xAB}),
            "noonmark request 1\nPOST\n/a?b=c\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n" +
                receiver.ss58() + "\n1234\nab000000000000000000000000000000");
}

TEST(Stamp, IsReadAsItWasWritten) {
  const auto stamp = read_stamp(stamped().headers);
  ASSERT_TRUE(stamp.ok()) << stamp.error().message;
  EXPECT_EQ(stamp->account, pair_of(1).account());
  EXPECT_EQ(stamp->time_ms, 1'795'000'000'123);
  EXPECT_EQ(stamp->nonce, (Nonce{1, 2, 3}));
}

TEST(Stamp, StampingAgainReplacesTheOldStamp) {
  http::Request request = stamped();
  const std::size_t fields = request.headers.fields().size();
  stamp(request, pair_of(3), pair_of(2).account(), core::UnixNanos{}, fresh_nonce());
  EXPECT_EQ(request.headers.fields().size(), fields);
  EXPECT_EQ(read_stamp(request.headers)->account, pair_of(3).account());
}

TEST(Stamp, FreshNoncesDiffer) { EXPECT_NE(fresh_nonce(), fresh_nonce()); }

TEST(Stamp, EachFieldMustStandThereOnce) {
  const http::Headers whole = stamped().headers;
  for (const http::Header& left_out : whole.fields()) {
    http::Headers without, twice = whole;
    for (const http::Header& field : whole.fields()) {
      if (field.name != left_out.name) without.add(field.name, field.value);
    }
    std::string shouted = left_out.name;
    shouted[0] = 'N';
    twice.add(shouted, left_out.value);
    for (const http::Headers& headers : {without, twice}) {
      const auto stamp = read_stamp(headers);
      ASSERT_FALSE(stamp.ok());
      EXPECT_EQ(stamp.error().kind, core::ErrorKind::denied);
      EXPECT_NE(stamp.error().message.find(left_out.name), std::string::npos) << stamp.error().message;
    }
  }
}

TEST(Stamp, HostileTextIsDenied) {
  const std::string long_text(100'000, '1');
  const http::Headers whole = stamped().headers;
  for (const std::string& value :
       {std::string(), std::string("0"), std::string("-1"), std::string("+1"), std::string("01"), std::string(" 1"),
        std::string("1 "), std::string("1e3"), std::string("9007199254740992"), std::string("99999999999999999999"),
        std::string("\0\0", 2), std::string("\xFF\xFE"), long_text}) {
    for (const http::Header& field : whole.fields()) {
      http::Request request = stamped();
      request.headers.set(field.name, value);
      const auto stamp = read_stamp(request.headers);
      if (field.name == "noonmark-time" && value == "0") continue;
      EXPECT_FALSE(stamp.ok()) << field.name << ": " << value.substr(0, 40);
    }
  }
  http::Request request = stamped();
  std::string upper(*request.headers.find("noonmark-nonce"));
  upper.back() = 'A';
  request.headers.set("noonmark-nonce", upper);
  EXPECT_FALSE(read_stamp(request.headers).ok());
}

TEST(Stamp, RandomChangesNeverReadAsTheSameStampInAnotherForm) {
  core::Philox random(5);
  const http::Headers whole = stamped().headers;
  for (int i = 0; i < 3000; ++i) {
    http::Headers changed;
    for (const http::Header& field : whole.fields()) {
      std::string value = field.value;
      value[random.below(value.size())] ^= static_cast<char>(1 << random.below(8));
      changed.add(field.name, value);
    }
    const auto stamp = read_stamp(changed);
    if (stamp.ok()) {
      EXPECT_EQ(*changed.find("noonmark-account"), stamp->account.ss58());
    }
  }
}

}  // namespace
}  // namespace noonmark::signed_http
