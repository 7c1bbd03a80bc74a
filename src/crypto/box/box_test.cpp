#include "crypto/box/box.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/codec/text.h"

namespace noonmark::box {
namespace {

using core::as_bytes;
using core::as_text;

std::array<std::uint8_t, 32> from_hex(std::string_view hex) {
  const core::Bytes bytes = codec::parse_hex(hex).value();
  std::array<std::uint8_t, 32> array{};
  std::copy_n(bytes.begin(), array.size(), array.begin());
  return array;
}

TEST(MomentKey, AgreesAsInRfc7748) {  // section 6.1
  const MomentKey bob(from_hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
  EXPECT_EQ(codec::hex(bob.public_key()), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const auto shared = bob.shared_with(from_hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
  EXPECT_EQ(codec::hex(shared.value()), "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

TEST(MomentKey, BothSidesAgree) {
  const MomentKey one = MomentKey::generate(), other = MomentKey::generate();
  EXPECT_EQ(one.shared_with(other.public_key()).value(), other.shared_with(one.public_key()).value());
  EXPECT_NE(one.public_key(), other.public_key());
}

TEST(MomentKey, APointOfSmallOrderIsRefused) {
  EXPECT_EQ(MomentKey::generate().shared_with({}).error().kind, core::ErrorKind::invalid);
}

TEST(Derive, EveryPurposeHasItsOwnKey) {
  const Shared shared{1, 2, 3};
  EXPECT_EQ(derive(shared, as_bytes("a")), derive(shared, as_bytes("a")));
  EXPECT_NE(derive(shared, as_bytes("a")), derive(shared, as_bytes("b")));
  EXPECT_NE(derive(shared, as_bytes("a")), derive(Shared{}, as_bytes("a")));
}

class Boxes : public testing::Test {
 protected:
  const Shared key_{7, 7, 7};
  Sealer sealer_{key_};
  Opener opener_{key_};
};

TEST_F(Boxes, MessagesArriveInOrder) {
  for (const char* text : {"first", "", "third"}) {
    const core::Bytes box = sealer_.seal(as_bytes(text));
    EXPECT_EQ(box.size(), std::string_view(text).size() + kOverhead);
    EXPECT_EQ(as_text(opener_.open(box).value()), text);
  }
}

TEST_F(Boxes, AChangeOfAnyByteIsSeen) {
  const core::Bytes box = sealer_.seal(as_bytes("a message"));
  for (std::size_t i = 0; i < box.size(); ++i) {
    core::Bytes altered = box;
    altered[i] ^= 1;
    EXPECT_EQ(opener_.open(altered).error().kind, core::ErrorKind::denied) << i;
    EXPECT_FALSE(opener_.open(core::ByteView(box).first(i)).ok()) << i;
  }
  EXPECT_TRUE(opener_.open(box).ok());
}

TEST_F(Boxes, WhatIsRepeatedOrLeftOutIsSeen) {
  const core::Bytes first = sealer_.seal(as_bytes("1")), second = sealer_.seal(as_bytes("2"));
  EXPECT_FALSE(opener_.open(second).ok());
  ASSERT_TRUE(opener_.open(first).ok());
  EXPECT_FALSE(opener_.open(first).ok());
  EXPECT_TRUE(opener_.open(second).ok());
}

TEST_F(Boxes, AnotherKeyOpensNothing) {
  Opener other(Shared{8});
  EXPECT_FALSE(other.open(sealer_.seal(as_bytes("x"))).ok());
}

}  // namespace
}  // namespace noonmark::box
