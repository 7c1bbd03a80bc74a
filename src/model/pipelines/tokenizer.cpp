#include "model/pipelines/tokenizer.h"

#include <algorithm>
#include <queue>

#include "base/codec/json.h"
#include "base/core/check.h"
#include "model/pipelines/characters.h"
#include "model/pipelines/internal/words.h"

namespace noonmark::pipelines {
namespace {

using codec::Json;

constexpr std::size_t kMaxFileBytes = 16u << 20;
constexpr std::size_t kMaxSymbols = 1'000'000;
constexpr std::int64_t kMaxId = (std::int64_t{1} << 31) - 1;
constexpr int kMaxModelLength = 4096;
constexpr std::string_view kEndOfWord = "</w>";

core::Result<Json> parse_object(std::string_view text, std::string_view name) {
  if (text.empty()) return Json::object();
  Json json = TRY(codec::parse_json(text, {.max_bytes = kMaxFileBytes}).context(name));
  if (!json.is_object()) return core::invalid(std::string(name) + ": an object is expected");
  return json;
}

/// A special token stands as text or as {"content": text, …}.
std::string token_text(const Json& config, const Json& fallback, std::string_view key, std::string otherwise) {
  for (const Json* source : {&config, &fallback}) {
    const Json* value = source->find(key);
    if (value != nullptr && value->is_object()) value = value->find("content");
    if (value != nullptr && value->is_string() && !value->as_string().empty()) return value->as_string();
  }
  return otherwise;
}

}  // namespace

core::Result<Tokenizer> Tokenizer::create(const TokenizerFiles& files) {
  for (const std::string* text : {&files.vocabulary, &files.merges, &files.config, &files.special_tokens}) {
    if (text->size() > kMaxFileBytes) return core::exhausted("tokenizer: a file is longer than 16 MB");
  }
  Tokenizer tokenizer;
  TRY(tokenizer.read_vocabulary(files.vocabulary));
  TRY(tokenizer.read_merges(files.merges));
  TRY(tokenizer.read_config(files.config, files.special_tokens));
  const auto id_or_end = [&](const std::string& symbol) {
    const auto found = tokenizer.symbols_.find(symbol);
    // A byte that the vocabulary lacks becomes the end token, which is CLIP's "unknown".
    return found == tokenizer.symbols_.end() ? tokenizer.end_.id : found->second;
  };
  for (std::size_t byte = 0; byte < 256; ++byte) {
    tokenizer.inner_byte_[byte] = id_or_end(byte_alphabet()[byte]);
    tokenizer.last_byte_[byte] = id_or_end(byte_alphabet()[byte] + std::string(kEndOfWord));
  }
  return tokenizer;
}

core::Result<void> Tokenizer::read_vocabulary(std::string_view text) {
  if (text.empty()) return core::invalid("vocab.json is empty");
  const Json json = TRY(parse_object(text, "vocab.json"));
  if (json.as_object().size() > kMaxSymbols) return core::exhausted("vocab.json: more than a million symbols");
  for (const auto& [symbol, id] : json.as_object()) {
    if (symbol.empty() || !id.is_integer() || id.as_integer() < 0 || id.as_integer() > kMaxId) {
      return core::invalid("vocab.json: the id of \"" + symbol.substr(0, 40) + "\" must be a whole number from 0");
    }
    const auto number = static_cast<std::int32_t>(id.as_integer());
    symbols_.emplace(symbol, number);
    if (!names_.emplace(number, symbol).second) {
      return core::invalid("vocab.json: two symbols have the id " + std::to_string(number));
    }
  }
  return {};
}

core::Result<void> Tokenizer::read_merges(std::string_view text) {
  std::int32_t rank = 0;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.ends_with('\r')) pair.remove_suffix(1);
    if (pair.empty() || (line == 1 && pair.starts_with("#version"))) continue;
    const std::string where = "merges.txt, line " + std::to_string(line);
    const std::size_t space = pair.find(' ');
    if (space == std::string_view::npos || pair.find(' ', space + 1) != std::string_view::npos) {
      return core::invalid(where + ": two symbols with one space between them are expected");
    }
    const auto left = symbols_.find(std::string(pair.substr(0, space)));
    const auto right = symbols_.find(std::string(pair.substr(space + 1)));
    if (left == symbols_.end() || right == symbols_.end())
      return core::invalid(where + ": a symbol is not in vocab.json");
    const auto merged = symbols_.find(left->first + right->first);
    if (merged == symbols_.end()) return core::invalid(where + ": the merged symbol is not in vocab.json");
    if (merges_.size() >= kMaxSymbols) return core::exhausted("merges.txt: more than a million merges");
    merges_.emplace(pair_key(left->second, right->second), Merge{rank++, merged->second});
  }
  return {};
}

core::Result<void> Tokenizer::read_config(std::string_view config, std::string_view special_tokens) {
  const Json json = TRY(parse_object(config, "tokenizer_config.json"));
  const Json map = TRY(parse_object(special_tokens, "special_tokens_map.json"));
  start_.text = token_text(json, map, "bos_token", "<|startoftext|>");
  end_.text = token_text(json, map, "eos_token", "<|endoftext|>");
  pad_.text = token_text(json, map, "pad_token", end_.text);
  for (Special* token : {&start_, &end_, &pad_}) {
    const auto found = symbols_.find(token->text);
    if (found == symbols_.end()) {
      return core::invalid("vocab.json lacks the special token \"" + token->text.substr(0, 40) + "\"");
    }
    token->id = found->second;
  }
  const Json* length = json.find("model_max_length");
  // Absent limits are written as a huge number.
  if (length != nullptr && length->is_number() && length->as_number() <= kMaxModelLength) {
    if (length->as_number() < 2) return core::invalid("tokenizer_config.json: model_max_length must be at least 2");
    model_max_length_ = static_cast<int>(length->as_number());
  }
  return {};
}

core::Result<std::vector<std::int64_t>> Tokenizer::tokens(std::string_view text) const {
  if (text.size() > kMaxPromptBytes) {
    return core::invalid("the text is longer than " + std::to_string(kMaxPromptBytes) + " bytes");
  }
  std::vector<std::int64_t> ids;
  while (!text.empty()) {
    std::size_t at = text.size();
    const Special* found = nullptr;
    for (const Special* token : {&start_, &end_}) {
      const std::size_t place = text.find(token->text);
      if (place < at) {
        at = place;
        found = token;
      }
    }
    TRY(append_text(text.substr(0, at), ids));
    if (found == nullptr) break;
    ids.push_back(found->id);
    text.remove_prefix(at + found->text.size());
  }
  return ids;
}

core::Result<std::vector<std::int64_t>> Tokenizer::encode(std::string_view text, int length) const {
  CHECK(length >= 2, "a sequence holds at least the start and the end token");
  std::vector<std::int64_t> ids = TRY(tokens(text));
  const auto wanted = static_cast<std::size_t>(length);
  ids.resize(std::min(ids.size(), wanted - 2));
  ids.insert(ids.begin(), start_.id);
  ids.push_back(end_.id);
  ids.resize(wanted, pad_.id);
  return ids;
}

core::Result<void> Tokenizer::append_text(std::string_view text, std::vector<std::int64_t>& ids) const {
  const std::vector<std::string> words = TRY(split_words(text));
  for (const std::string& word : words) append_word(word, ids);
  return {};
}

void Tokenizer::append_word(std::string_view word, std::vector<std::int64_t>& ids) const {
  // A list of symbols over an array; a removed symbol has id -1. The queue may hold pairs that are gone by now.
  struct Symbol {
    std::int32_t id;
    std::size_t previous, next;
  };
  struct Candidate {
    Merge merge;
    std::size_t left;
    std::uint64_t key;
    bool operator>(const Candidate& other) const {
      return std::pair(merge.rank, left) > std::pair(other.merge.rank, other.left);
    }
  };
  const std::size_t count = word.size();
  std::vector<Symbol> list;
  for (std::size_t i = 0; i < count; ++i) {
    const auto byte = static_cast<std::uint8_t>(word[i]);
    list.push_back({i + 1 == count ? last_byte_[byte] : inner_byte_[byte], i - 1, i + 1});
  }
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto offer = [&](std::size_t left) {
    if (left >= count || list[left].next >= count) return;
    const std::uint64_t key = pair_key(list[left].id, list[list[left].next].id);
    if (const auto found = merges_.find(key); found != merges_.end()) queue.push({found->second, left, key});
  };
  for (std::size_t i = 0; i < count; ++i) offer(i);
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Symbol& left = list[best.left];
    if (left.id < 0 || left.next >= count || pair_key(left.id, list[left.next].id) != best.key) continue;
    list[left.next].id = -1;
    left.id = best.merge.result;
    left.next = list[left.next].next;
    if (left.next < count) list[left.next].previous = best.left;
    offer(left.previous);
    offer(best.left);
  }
  for (const Symbol& symbol : list) {
    if (symbol.id >= 0) ids.push_back(symbol.id);
  }
}

std::string Tokenizer::decode(const std::vector<std::int64_t>& ids) const {
  static const std::unordered_map<std::string, char> bytes = [] {
    std::unordered_map<std::string, char> map;
    for (std::size_t byte = 0; byte < 256; ++byte) map.emplace(byte_alphabet()[byte], static_cast<char>(byte));
    return map;
  }();
  std::string text;
  for (const std::int64_t id : ids) {
    const auto found = id < 0 || id > kMaxId ? names_.end() : names_.find(static_cast<std::int32_t>(id));
    if (found == names_.end()) continue;
    std::string_view symbol = found->second;
    if (symbol == start_.text || symbol == end_.text) {
      text += symbol;
      continue;
    }
    const bool ends = symbol.size() > kEndOfWord.size() && symbol.ends_with(kEndOfWord);
    if (ends) symbol.remove_suffix(kEndOfWord.size());
    while (!symbol.empty()) {
      // Symbols of the alphabet are one or two bytes of UTF-8.
      const std::size_t width =
          std::min<std::size_t>(static_cast<std::uint8_t>(symbol[0]) < 0x80 ? 1 : 2, symbol.size());
      if (const auto byte = bytes.find(std::string(symbol.substr(0, width))); byte != bytes.end()) text += byte->second;
      symbol.remove_prefix(width);
    }
    if (ends) text += ' ';
  }
  return text;
}

}  // namespace noonmark::pipelines
