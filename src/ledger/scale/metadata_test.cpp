#include "ledger/scale/metadata.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/core/random.h"
#include "ledger/scale/real_metadata_for_tests.h"
#include "ledger/scale/storage_key.h"
#include "ledger/scale/value.h"

namespace noonmark::scale {
namespace {

codec::Json golden_digest() {
  return codec::parse_json(
             core::read_text(NOONMARK_SOURCE_DIR "/tests/golden/chain/metadata_digest.json", 4 << 20).value())
      .value();
}

std::string name_of(Hasher hasher) {
  const char* names[] = {"Blake2_128", "Blake2_256",   "Blake2_128Concat", "Twox128",
                         "Twox256",    "Twox64Concat", "Identity"};
  return names[static_cast<std::size_t>(hasher)];
}

/// Compares what the golden digest lists: pallets, call indices, hashers, defaults, extensions.
void compare(const Metadata& metadata, const codec::Json& digest) {
  EXPECT_EQ(metadata.pallets.size(), digest.find("pallets")->as_object().size());
  for (const auto& [name, index] : digest.find("pallets")->as_object()) {
    ASSERT_NE(metadata.find(name), nullptr) << name;
    EXPECT_EQ(metadata.find(name)->index, index.as_integer()) << name;
  }
  for (const auto& [path, call] : digest.find("calls")->as_object()) {
    const std::size_t dot = path.find('.');
    const auto found = metadata.call(path.substr(0, dot), path.substr(dot + 1));
    ASSERT_TRUE(found.ok()) << path;
    EXPECT_EQ(found->pallet, call.find("index")->as_array()[0].as_integer()) << path;
    EXPECT_EQ(found->index, call.find("index")->as_array()[1].as_integer()) << path;
    EXPECT_EQ(found->variant->fields.size(), call.find("args")->as_array().size()) << path;
  }
  for (const auto& [path, storage] : digest.find("storage")->as_object()) {
    const std::size_t dot = path.find('.');
    const auto found = metadata.storage(path.substr(0, dot), path.substr(dot + 1));
    ASSERT_TRUE(found.ok()) << path;
    EXPECT_EQ((*found)->has_default, storage.find("modifier")->as_string() == "Default") << path;
    // The digest keeps the first 200 characters.
    EXPECT_EQ(("0x" + codec::hex((*found)->fallback)).substr(0, 200), storage.find("fallback")->as_string()) << path;
    std::vector<std::string> hashers;
    for (const Hasher hasher : (*found)->hashers) hashers.push_back(name_of(hasher));
    std::vector<std::string> wanted;
    if (const codec::Json* list = storage.find("hashers")) {
      for (const codec::Json& one : list->as_array()) wanted.push_back(one.as_string());
    }
    EXPECT_EQ(hashers, wanted) << path;
    // Its own default must be a value of its type: the types were read right.
    if ((*found)->has_default) {
      Reader reader((*found)->fallback);
      const auto value = decode_value(metadata, (*found)->value, reader);
      EXPECT_TRUE(value.ok() && reader.finish().ok()) << path;
    }
  }
  const auto& extensions = digest.find("extensions")->as_array();
  ASSERT_EQ(metadata.extensions.size(), extensions.size());
  for (std::size_t i = 0; i < extensions.size(); ++i) {
    EXPECT_EQ(metadata.extensions[i].identifier, extensions[i].find("id")->as_string());
  }
}

class RealMetadata : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(RealMetadata, DecodesToWhatTheGoldenDigestSaysAndEncodesBack) {
  const auto bytes = real_metadata(GetParam().first);
  if (!bytes) GTEST_SKIP() << "needs .deps/chain: scripts/setup test";
  const auto metadata = decode_metadata(*bytes);
  ASSERT_TRUE(metadata.ok()) << metadata.error().message;
  const codec::Json digest = golden_digest();
  compare(*metadata, *digest.find(GetParam().second));
  const core::Bytes again = encode_metadata(*metadata);
  const auto second = decode_metadata(again);
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_EQ(encode_metadata(*second), again);
  compare(*second, *digest.find(GetParam().second));
}

TEST_P(RealMetadata, CutShortOrChangedIsRefusedOrReadButNeverMore) {
  const auto bytes = real_metadata(GetParam().first);
  if (!bytes) GTEST_SKIP() << "needs .deps/chain: scripts/setup test";
  core::Philox random(7);
  for (int i = 0; i < 60; ++i) {
    EXPECT_FALSE(decode_metadata(core::ByteView(*bytes).first(random.below(bytes->size()))).ok());
    core::Bytes changed = *bytes;
    for (int k = 0; k < 3; ++k) changed[random.below(changed.size())] = static_cast<std::uint8_t>(random.below(256));
    (void)decode_metadata(changed);
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, RealMetadata,
                         testing::Values(std::pair("mainnet", "219"), std::pair("testnet", "233")),
                         [](const auto& network) { return std::string(network.param.first); });

/// "Alice", or a number of the type's width.
core::Bytes key_bytes(const Metadata& metadata, TypeId type, const std::string& word) {
  if (word == "Alice") {
    return codec::parse_hex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d").value();
  }
  const auto value = static_cast<std::uint64_t>(std::stoull(word));
  const auto* primitive = std::get_if<Primitive>(&metadata.types[type].shape);
  if (primitive == nullptr) {  // a wrapper of one number
    return key_bytes(metadata, std::get<Composite>(metadata.types[type].shape).fields.at(0).type, word);
  }
  if (*primitive == Primitive::u16) return Writer().number(static_cast<std::uint16_t>(value)).take();
  if (*primitive == Primitive::u32) return Writer().number(static_cast<std::uint32_t>(value)).take();
  return Writer().number(value).take();
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (c != ' ' && c != ',') {
      word += c;
    } else if (!word.empty()) {
      if (word != "netuid" && word != "uid" && word != "hotkey") words.push_back(word);
      word.clear();
    }
  }
  return words;
}

TEST(StorageKey, EqualsPolkadotJsForTheEntriesOfTheRealChain) {
  const auto bytes = real_metadata("testnet");
  if (!bytes) GTEST_SKIP() << "needs .deps/chain: scripts/setup test";
  const Metadata metadata = decode_metadata(*bytes).value();
  const auto text = core::read_text(NOONMARK_SOURCE_DIR "/tests/golden/chain/storage_keys.jsonl", 1 << 20).value();
  int compared = 0;
  for (std::size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1) {
    const codec::Json one = codec::parse_json(text.substr(begin, text.find('\n', begin) - begin)).value();
    const std::string& path = one.find("item")->as_string();
    const std::size_t dot = path.find('.');
    const auto entry = metadata.storage(path.substr(0, dot), path.substr(dot + 1));
    if (!entry.ok()) continue;  // newer than this metadata
    const auto words = words_of(one.find("keys")->as_string());
    ASSERT_EQ(words.size(), (*entry)->hashers.size()) << path;
    std::vector<HashedKey> keys;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const TypeId whole = *(*entry)->key;
      const TypeId type = words.size() == 1 ? whole : std::get<Tuple>(metadata.types[whole].shape).items.at(i);
      keys.emplace_back((*entry)->hashers[i], key_bytes(metadata, type, words[i]));
    }
    EXPECT_EQ("0x" + codec::hex(storage_key(metadata.find(path.substr(0, dot))->prefix, path.substr(dot + 1), keys)),
              one.find("key")->as_string())
        << path;
    ++compared;
  }
  EXPECT_GE(compared, 34);
}

TEST(Metadata, NamesWhatItDoesNotHave) {
  const Metadata empty;
  const auto missing = empty.storage("SubtensorModule", "Tempo");
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().message.find("SubtensorModule.Tempo"), std::string::npos);
  EXPECT_EQ(empty.error_name(7, 3), "pallet 7, error 3");
}

TEST(Metadata, ATypeThatContainsItselfHasNoEnd) {
  Metadata metadata;
  metadata.types.push_back({{}, {}, Tuple{{0}}});
  EXPECT_FALSE(metadata.is_empty(0).ok());
  const core::Bytes nothing;
  Reader reader(nothing);
  EXPECT_FALSE(decode_value(metadata, 0, reader).ok());
}

TEST(Value, AMillionEmptyItemsAreTooMany) {
  Metadata metadata;
  metadata.types.push_back({{}, {}, Tuple{}});
  metadata.types.push_back({{}, {}, Sequence{0}});
  const core::Bytes bytes = Writer().compact(1u << 30).take();
  Reader reader(bytes);
  EXPECT_FALSE(decode_value(metadata, 1, reader).ok());
}

}  // namespace
}  // namespace noonmark::scale
