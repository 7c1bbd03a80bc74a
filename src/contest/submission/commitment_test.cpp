#include "contest/submission/commitment.h"

#include <gtest/gtest.h>

#include "base/codec/text.h"
#include "base/core/random.h"
#include "contest/submission/pointer.h"

namespace noonmark::submission {
namespace {

core::Bytes random_bytes(core::Philox& random, std::size_t size) {
  core::Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return bytes;
}

template <std::size_t n>
void fill(core::Philox& random, std::array<std::uint8_t, n>& bytes) {
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
}

Open random_open(core::Philox& random) {
  Open open;
  fill(random, open.tag);
  fill(random, open.content.bytes);
  fill(random, open.salt);
  open.pointer = random_bytes(random, random.below(kMaxPointer + 1));
  return open;
}

TEST(Commitment, TheTagIsTheHeadOfTheIdsDigest) {
  // sha256("emoji-cpu"), by sha256sum
  EXPECT_EQ(codec::hex(tag_of("emoji-cpu")), hash::sha256("emoji-cpu").hex().substr(0, 16));
  EXPECT_NE(tag_of("emoji-cpu"), tag_of("emoji-cpv"));
}

TEST(Commitment, BytesOfEveryKindAreAsDescribed) {
  Sealed sealed;
  sealed.tag.fill(0x11);
  sealed.digest.bytes.fill(0x22);
  EXPECT_EQ(codec::hex(encode(sealed).value()), "4e4d3153" + std::string(16, '1') + std::string(64, '2'));
  Evidence evidence;
  evidence.tag.fill(0x11);
  evidence.day = 20783;
  evidence.bundle.bytes.fill(0x33);
  evidence.url = "http://v";
  EXPECT_EQ(codec::hex(encode(evidence).value()), "4e4d3145" + std::string(16, '1') + "2f510000" +
                                                      std::string(64, '3') + std::string(64, '0') + "687474703a2f2f76");
}

TEST(Commitment, EveryRecordComesBackAndFits) {
  core::Philox random(1);
  for (int i = 0; i < 2000; ++i) {
    const Open open = random_open(random);
    Sealed sealed;
    fill(random, sealed.digest.bytes);
    Evidence evidence;
    fill(random, evidence.bundle.bytes);
    evidence.day = random.uint32();
    evidence.url = std::string(random.below(kMaxUrl + 1), 'x');
    for (const Record& record : {Record(open), Record(sealed), Record(evidence)}) {
      const core::Bytes bytes = encode(record).value();
      EXPECT_LE(bytes.size(), kMaxRecord);
      EXPECT_EQ(decode(bytes), record);
    }
  }
}

TEST(Commitment, CF04ARepositoryWithItsRevisionFitsIntoARecordAndComesBack) {
  const std::string place = "hf:" + std::string(20, 'o') + "/" + std::string(25, 'r') + "@" + std::string(40, 'a');
  Open open;
  open.pointer = pointer_bytes(place).value();
  const core::Bytes bytes = encode(open).value();
  EXPECT_LE(bytes.size(), kMaxRecord);
  EXPECT_EQ(pointer_text(std::get<Open>(decode(bytes)).pointer).value(), place);
}

TEST(Commitment, WhatIsTooLongOrUnprintableIsNotWritten) {
  Open open;
  open.pointer.resize(kMaxPointer + 1);
  EXPECT_FALSE(encode(open).ok());
  Evidence evidence;
  evidence.url = std::string(kMaxUrl + 1, 'x');
  EXPECT_FALSE(encode(evidence).ok());
  evidence.url = "a b";
  EXPECT_FALSE(encode(evidence).ok());
  EXPECT_FALSE(encode(Foreign{}).ok());
}

TEST(Commitment, HostileBytesAreForeignOrARecordThatWritesTheSameBytes) {
  core::Philox random(2);
  for (int i = 0; i < 20'000; ++i) {
    core::Bytes bytes = random_bytes(random, random.below(200));
    const std::string_view kinds = "SOEX";
    if (bytes.size() > 3 && i % 2 == 0) {
      std::ranges::copy(std::string_view("NM1"), bytes.begin());
      bytes[3] = static_cast<std::uint8_t>(kinds[random.below(kinds.size())]);
    }
    const Record record = decode(bytes);
    if (!std::holds_alternative<Foreign>(record)) {
      EXPECT_EQ(encode(record).value(), bytes);
    }
  }
}

TEST(Commitment, TruncatedAndLongerRecordsAreForeign) {
  core::Philox random(3);
  Open open = random_open(random);
  open.pointer.clear();
  const core::Bytes whole = encode(open).value();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(std::holds_alternative<Foreign>(decode(core::ByteView(whole).first(size)))) << size;
  }
  core::Bytes longer = whole;
  longer.resize(kMaxRecord + 1);
  EXPECT_TRUE(std::holds_alternative<Foreign>(decode(longer)));
}

TEST(Commitment, ASealDependsOnEveryFieldAndOnTheKey) {
  core::Philox random(4);
  const Open open = random_open(random);
  AccountId hotkey, other;
  other.bytes[31] = 1;
  const hash::Digest first = seal(hotkey, open);
  EXPECT_EQ(first, seal(hotkey, open));
  EXPECT_NE(first, seal(other, open));
  for (int field = 0; field < 4; ++field) {
    Open changed = open;
    if (field == 0) changed.tag[7] ^= 1;
    if (field == 1) changed.content.bytes[0] ^= 1;
    if (field == 2) changed.salt[15] ^= 1;
    if (field == 3) changed.pointer.push_back(0);
    EXPECT_NE(first, seal(hotkey, changed)) << field;
  }
}

}  // namespace
}  // namespace noonmark::submission
