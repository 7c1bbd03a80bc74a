// Texts for the tokenizer, and tokenizer files. The first byte chooses: even, the rest is a text for a small real
// vocabulary; odd, the rest is cut at NUL bytes into vocabulary, merges, config, special tokens and a text.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/core/check.h"
#include "model/pipelines/tokenizer.h"

namespace {

using noonmark::pipelines::Tokenizer;
using noonmark::pipelines::TokenizerFiles;

/// Every byte alone and at a word's end, a few merges, the two special tokens.
Tokenizer byte_tokenizer() {
  std::string vocabulary = "{";
  int next = 0;
  const auto add = [&](const std::string& symbol) {
    vocabulary += (next == 0 ? "\"" : ",\"") + symbol + "\":" + std::to_string(next);
    ++next;
  };
  // The byte alphabet: printable Latin-1 as itself, other bytes as U+0100 and up, all of two bytes of UTF-8 above 0x7f.
  int other = 0x100;
  std::vector<std::string> bytes;
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    const int point = printable ? byte : other++;
    std::string symbol;
    if (point < 0x80) {
      if (point == '"' || point == '\\') symbol += '\\';
      symbol += static_cast<char>(point);
    } else {
      symbol += static_cast<char>(0xc0 | (point >> 6));
      symbol += static_cast<char>(0x80 | (point & 0x3f));
    }
    bytes.push_back(symbol);
  }
  for (const std::string& symbol : bytes) add(symbol);
  for (const std::string& symbol : bytes) add(symbol + "</w>");
  for (const char* symbol : {"th", "the</w>", "aa", "aaaa", "aa</w>", "<|startoftext|>", "<|endoftext|>"}) add(symbol);
  return Tokenizer::create({vocabulary + "}", "t h\nth e</w>\na a\naa aa\na a</w>\n", "", ""}).value();
}

void encode_text(const Tokenizer& tokenizer, std::string_view text) {
  const auto ids = tokenizer.tokens(text);
  const auto padded = tokenizer.encode(text, 12);
  CHECK(ids.ok() == padded.ok());
  if (!ids.ok()) return;
  CHECK(padded->size() == 12);
  // Decoding loses white space and case only, so encoding again gives the same ids; unless it grew past the limit.
  const std::string decoded = tokenizer.decode(*ids);
  if (decoded.size() > noonmark::pipelines::kMaxPromptBytes) return;
  const auto again = tokenizer.tokens(decoded);
  CHECK(again.ok() && *again == *ids, "decoding and encoding again must give the same ids");
}

void parse_files(std::string_view data) {
  std::vector<std::string> parts(1);
  for (const char c : data) {
    if (c == '\0' && parts.size() < 5) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  parts.resize(5);
  const auto tokenizer = Tokenizer::create({parts[0], parts[1], parts[2], parts[3]});
  if (!tokenizer.ok()) return;
  const auto ids = tokenizer->encode(parts[4], 8);
  CHECK(!ids.ok() || ids->size() == 8);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Tokenizer tokenizer = byte_tokenizer();
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    encode_text(tokenizer, rest);
  } else {
    parse_files(rest);
  }
  return 0;
}
