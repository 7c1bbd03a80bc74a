#include "serving/link/channel.h"

#include <gtest/gtest.h>

namespace noonmark::link {
namespace {

using core::ErrorKind;

sign::Sr25519Pair pair_of(std::uint8_t number) {
  const std::array<std::uint8_t, 32> seed{number};
  return sign::Sr25519Pair(sign::Seed::from_bytes(seed));
}

class ChannelTest : public testing::Test {
 protected:
  const sign::Sr25519Pair gateway_key_ = pair_of(1), worker_key_ = pair_of(2);
  Channel gateway_ = Channel::of_gateway(gateway_key_);
  Channel worker_ = Channel::of_worker(worker_key_, gateway_key_.account());

  void shake_hands() {
    const std::string reply = gateway_.establish(worker_.hello()).value();
    const std::string proof = worker_.establish(reply).value();
    EXPECT_EQ(gateway_.establish(proof).value(), "");
    ASSERT_TRUE(worker_.established() && gateway_.established());
  }
};

TEST_F(ChannelTest, BothKnowTheOtherAndAreUnderstood) {
  shake_hands();
  EXPECT_EQ(gateway_.peer(), worker_key_.account());
  EXPECT_EQ(worker_.peer(), gateway_key_.account());
  for (const char* text : {"one", "", "three"}) {
    EXPECT_EQ(gateway_.open(worker_.seal(text)).value(), text);
    EXPECT_EQ(worker_.open(gateway_.seal(text)).value(), text);
  }
}

TEST_F(ChannelTest, WhatIsSaidOneWayIsNotUnderstoodTheOtherWay) {
  shake_hands();
  EXPECT_EQ(worker_.open(worker_.seal("echo")).error().kind, ErrorKind::denied);
}

TEST_F(ChannelTest, AnyAlteredByteOfTheHandshakeEndsIt) {
  const std::string hello = worker_.hello(), reply = gateway_.establish(hello).value();
  for (std::size_t i = 0; i < reply.size(); ++i) {
    Channel worker = Channel::of_worker(worker_key_, {});
    Channel gateway = Channel::of_gateway(gateway_key_);
    std::string altered = gateway.establish(worker.hello()).value();
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(worker.establish(altered).ok()) << "reply, byte " << i;
  }
  for (std::size_t i = 0; i < hello.size(); ++i) {
    Channel worker = Channel::of_worker(worker_key_, {});
    Channel gateway = Channel::of_gateway(gateway_key_);
    std::string altered = worker.hello();
    altered[i] = static_cast<char>(altered[i] ^ 1);
    const auto answered = gateway.establish(altered);
    EXPECT_FALSE(answered.ok() && worker.establish(*answered).ok()) << "hello, byte " << i;
  }
  std::string proof = worker_.establish(reply).value();
  proof[5] = static_cast<char>(proof[5] ^ 1);
  EXPECT_EQ(gateway_.establish(proof).error().kind, ErrorKind::denied);
}

TEST_F(ChannelTest, AnotherGatewayThanExpectedIsRefused) {
  Channel worker = Channel::of_worker(worker_key_, pair_of(9).account());
  const auto refused = worker.establish(gateway_.establish(worker.hello()).value());
  EXPECT_EQ(refused.error().kind, ErrorKind::denied);
  EXPECT_NE(refused.error().message.find(gateway_key_.account().ss58()), std::string::npos);
}

TEST_F(ChannelTest, NobodyCanTakeAnothersAccount) {
  // A thief says the worker's account and signs with its own key.
  const sign::Sr25519Pair thief_key = pair_of(7);
  Channel thief = Channel::of_worker(thief_key, {});
  std::string hello = thief.hello();
  const std::string account(core::as_text(worker_key_.account().bytes));
  hello.replace(hello.size() - account.size(), account.size(), account);
  const auto reply = gateway_.establish(hello);
  ASSERT_TRUE(reply.ok());
  EXPECT_FALSE(thief.establish(*reply).ok()) << "its transcript is another one";
  EXPECT_FALSE(gateway_.established());
}

TEST_F(ChannelTest, AProofOfAnotherConnectionProvesNothing) {
  shake_hands();
  Channel again = Channel::of_gateway(gateway_key_), other_worker = Channel::of_worker(worker_key_, {});
  const std::string first = gateway_.seal("x");
  const std::string reply = again.establish(other_worker.hello()).value();
  (void)other_worker.establish(reply).value();
  EXPECT_FALSE(again.establish(worker_.seal(std::string(64, 'x'))).ok());
  EXPECT_FALSE(other_worker.open(first).ok());
}

TEST_F(ChannelTest, ForeignBytesAreNoHandshake) {
  EXPECT_EQ(gateway_.establish("GET / HTTP/1.1").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(worker_.establish("").error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace noonmark::link
