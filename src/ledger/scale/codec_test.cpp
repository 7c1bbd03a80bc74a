#include "ledger/scale/codec.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/codec/text.h"
#include "base/core/files.h"
#include "base/core/random.h"
#include "ledger/scale/storage_key.h"

namespace noonmark::scale {
namespace {

codec::Json golden(const char* name) {
  const std::string path = std::string(NOONMARK_SOURCE_DIR "/tests/golden/chain/") + name;
  return codec::parse_json(core::read_text(path, 1 << 20).value()).value();
}

core::Bytes bytes_of(std::string_view hex) { return codec::parse_hex(hex.substr(2)).value(); }

TEST(Compact, WritesAndReadsTheGoldenNumbers) {
  int compared = 0;
  const codec::Json vectors = golden("crypto_vectors.json");
  for (const codec::Json& one : vectors.find("compact")->as_array()) {
    const std::string& decimal = one.find("v")->as_string();
    const core::Bytes wanted = bytes_of(one.find("e")->as_string());
    Reader reader(wanted);
    if (decimal.size() > 20 || (decimal.size() == 20 && decimal > "18446744073709551615")) {
      EXPECT_FALSE(reader.compact().ok()) << decimal;
      continue;
    }
    const std::uint64_t value = std::stoull(decimal);
    EXPECT_EQ(Writer().compact(value).view(), wanted) << decimal;
    EXPECT_EQ(reader.compact().value(), value);
    ++compared;
  }
  EXPECT_GT(compared, 8);
}

TEST(Compact, RefusesALongerFormOfAShortNumber) {
  for (const char* hex : {"0x0100", "0x02000000", "0x0300000000", "0x07ffffffff00"}) {
    const core::Bytes bytes = bytes_of(hex);
    EXPECT_FALSE(Reader(bytes).compact().ok()) << hex;
  }
}

TEST(Reader, NeverAllocatesForALengthThatTheBytesCannotHold) {
  const core::Bytes bytes = Writer().compact(std::uint64_t{1} << 40).take();
  EXPECT_FALSE(Reader(bytes).bytes().ok());
  EXPECT_FALSE(Reader(bytes).length(2).ok());
}

TEST(Reader, NamesTheOffsetOfWhatIsMissing) {
  const core::Bytes bytes = {1, 2, 3};
  Reader reader(bytes);
  ASSERT_TRUE(reader.number<std::uint16_t>().ok());
  const auto missing = reader.number<std::uint32_t>();
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().message.find("byte 2"), std::string::npos) << missing.error().message;
}

TEST(HashKey, EqualsTheGoldenHashers) {
  const std::pair<const char*, Hasher> names[] = {{"Blake2_128", Hasher::blake2_128},
                                                  {"Blake2_256", Hasher::blake2_256},
                                                  {"Blake2_128Concat", Hasher::blake2_128_concat},
                                                  {"Twox128", Hasher::twox_128},
                                                  {"Twox256", Hasher::twox_256},
                                                  {"Twox64Concat", Hasher::twox_64_concat},
                                                  {"Identity", Hasher::identity}};
  int compared = 0;
  const codec::Json vectors = golden("crypto_vectors.json");
  for (const codec::Json& one : vectors.find("hashers")->as_array()) {
    for (const auto& [name, hasher] : names) {
      if (one.find("hasher")->as_string() != name) continue;
      EXPECT_EQ(hash_key(hasher, bytes_of(one.find("in")->as_string())), bytes_of(one.find("out")->as_string()))
          << name;
      ++compared;
    }
  }
  EXPECT_GT(compared, 20);
}

TEST(StorageKey, GivesItsMapKeysBack) {
  const std::vector<HashedKey> keys = {{Hasher::identity, {5, 0}}, {Hasher::twox_64_concat, core::Bytes(32, 7)}};
  const core::Bytes key = storage_key("Commitments", "CommitmentOf", keys);
  const std::pair<Hasher, std::size_t> shape[] = {{Hasher::identity, 2}, {Hasher::twox_64_concat, 32}};
  const auto found = map_keys(key, 32, shape);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)[0], keys[0].second);
  EXPECT_EQ((*found)[1], keys[1].second);
  for (std::size_t size = 0; size < key.size(); ++size) {
    EXPECT_FALSE(map_keys(core::ByteView(key).first(size), 32, shape).ok()) << size;
  }
}

}  // namespace
}  // namespace noonmark::scale
