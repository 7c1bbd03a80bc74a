#include "crypto/sign/internal/transcript.h"

#include <gtest/gtest.h>

#include "base/codec/text.h"
#include "crypto/sign/internal/keccak.h"

namespace noonmark::sign {
namespace {

/// SHA3-256 (FIPS 202 §6.1) of at most one block, on the permutation under test.
std::string sha3_256(std::string_view text) {
  constexpr std::size_t kRate = 136;
  std::array<std::uint64_t, 25> lanes{};
  const auto mix = [&](std::size_t i, std::uint8_t byte) { lanes[i / 8] ^= std::uint64_t{byte} << (8 * (i % 8)); };
  for (std::size_t i = 0; i < text.size(); ++i) mix(i, static_cast<std::uint8_t>(text[i]));
  mix(text.size(), 0x06);
  mix(kRate - 1, 0x80);
  keccak_f1600(lanes);
  core::Bytes digest;
  for (std::size_t i = 0; i < 32; ++i) digest.push_back(static_cast<std::uint8_t>(lanes[i / 8] >> (8 * (i % 8))));
  return codec::hex(digest);
}

// NIST's examples for SHA3-256, and Python's hashlib.
TEST(Keccak, GivesSha3) {
  EXPECT_EQ(sha3_256(""), "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
  EXPECT_EQ(sha3_256("abc"), "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
}

// The equivalence test that Merlin's authors publish.
TEST(Transcript, EqualsMerlinsPublishedVector) {
  Transcript transcript("test protocol");
  transcript.append("some label", "some data");
  std::array<std::uint8_t, 32> challenge;
  transcript.challenge("challenge", challenge);
  EXPECT_EQ(codec::hex(challenge), "d5a21972d0d5fe320c0d263fac7fffb8145aa640af6e9bca177c03c7efcf0615");
}

TEST(Transcript, AForkSaysTheSameAndThenGoesItsOwnWay) {
  Transcript one("fork");
  one.append("a", std::string(1000, 'x'));  // crosses the rate several times
  Transcript other = one;
  std::array<std::uint8_t, 300> from_one, from_other;
  one.challenge("c", from_one);
  other.challenge("c", from_other);
  EXPECT_EQ(from_one, from_other);
  other.append("b", "");
  one.challenge("c", from_one);
  other.challenge("c", from_other);
  EXPECT_NE(from_one, from_other);
}

TEST(Transcript, BordersBetweenMessagesCount) {
  std::array<std::uint8_t, 32> first, second;
  Transcript a("borders"), b("borders");
  a.append("l", "ab");
  a.append("l", "c");
  b.append("l", "a");
  b.append("l", "bc");
  a.challenge("c", first);
  b.challenge("c", second);
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace noonmark::sign
