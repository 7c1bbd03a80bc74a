#include "model/language/text_tokenizer.h"

#include <algorithm>
#include <optional>

#include "model/pipelines/characters.h"

namespace noonmark::language {
namespace {

using codec::Json;
using pipelines::CharacterClass;
using pipelines::class_of;

constexpr std::size_t kMaxBytes = std::size_t{64} << 20, kMaxSymbols = 1'000'000;
/// The patterns that exports of Llama 3 and of Qwen 2 and later name; GPT-2's is built into "ByteLevel".
constexpr std::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

std::uint64_t pair_key(std::int32_t left, std::int32_t right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
}

const Json* member(const Json& object, std::string_view key) {
  const Json* const found = object.is_object() ? object.find(key) : nullptr;
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::string text_member(const Json& object, std::string_view key) {
  const Json* const found = member(object, key);
  return found != nullptr && found->is_string() ? found->as_string() : "";
}

bool is_line_end(char32_t c) { return c == U'\r' || c == U'\n'; }

std::size_t run_of(std::u32string_view rest, std::size_t from, CharacterClass wanted) {
  std::size_t at = from;
  while (at < rest.size() && class_of(rest[at]) == wanted) ++at;
  return at;
}

/// 's 't 're 've 'm 'll 'd, in either case where `any_case`.
std::size_t contraction(std::u32string_view rest, bool any_case) {
  if (rest.size() < 2 || rest[0] != U'\'') return 0;
  const auto letter = [&](std::size_t at) {
    const char32_t c = at < rest.size() ? rest[at] : U'\0';
    return any_case && c >= U'A' && c <= U'Z' ? c + (U'a' - U'A') : c;
  };
  const char32_t a = letter(1), b = letter(2);
  if ((a == U'r' && b == U'e') || (a == U'v' && b == U'e') || (a == U'l' && b == U'l')) return 3;
  return a == U's' || a == U't' || a == U'm' || a == U'd' ? 2 : 0;
}

/// "\s+(?!\S)|\s+": white space up to the last one before a word, which belongs to the word.
std::size_t white(std::u32string_view rest) {
  const std::size_t end = run_of(rest, 0, CharacterClass::space);
  return end < rest.size() && end > 1 ? end - 1 : end;
}

std::size_t gpt2_word(std::u32string_view rest) {
  if (const std::size_t length = contraction(rest, false); length > 0) return length;
  const std::size_t begin = rest[0] == U' ' && rest.size() > 1 && class_of(rest[1]) != CharacterClass::space ? 1 : 0;
  const CharacterClass kind = class_of(rest[begin]);
  return kind == CharacterClass::space ? white(rest) : run_of(rest, begin, kind);
}

std::size_t llama_word(std::u32string_view rest, std::size_t most_digits) {
  if (const std::size_t length = contraction(rest, true); length > 0) return length;
  const CharacterClass first = class_of(rest[0]);
  const auto is_letter = [&](std::size_t at) {
    return at < rest.size() && class_of(rest[at]) == CharacterClass::letter;
  };
  if (first == CharacterClass::letter) return run_of(rest, 0, CharacterClass::letter);
  if (!is_line_end(rest[0]) && first != CharacterClass::number && is_letter(1)) {
    return run_of(rest, 1, CharacterClass::letter);
  }
  if (first == CharacterClass::number) return std::min(run_of(rest, 0, CharacterClass::number), most_digits);
  const std::size_t begin = rest[0] == U' ' ? 1 : 0;
  if (begin < rest.size() && class_of(rest[begin]) == CharacterClass::other) {
    std::size_t end = run_of(rest, begin, CharacterClass::other);
    while (end < rest.size() && is_line_end(rest[end])) ++end;
    return end;
  }
  const std::size_t end = run_of(rest, 0, CharacterClass::space);
  for (std::size_t at = end; at > 0; --at) {
    if (is_line_end(rest[at - 1])) return at;  // "\s*[\r\n]+"
  }
  return white(rest);
}

}  // namespace

core::Result<TextTokenizer> TextTokenizer::create(std::string_view tokenizer_json) {
  const Json document = TRY(codec::parse_json(tokenizer_json, {kMaxBytes, 32}).context("tokenizer.json"));
  const Json* const model = member(document, "model");
  if (model == nullptr) return core::invalid("tokenizer.json: an object with a model is expected");
  if (member(document, "normalizer") != nullptr && text_member(*member(document, "normalizer"), "type") != "NFC") {
    return core::invalid("tokenizer.json: a normalizer other than NFC isn't supported");
  }
  TextTokenizer tokenizer;
  TRY(tokenizer.read_pattern(document));
  TRY(tokenizer.read_model(*model));
  TRY(tokenizer.read_marks(document));
  return tokenizer;
}

core::Result<void> TextTokenizer::read_pattern(const Json& document) {
  const Json* const pre = member(document, "pre_tokenizer");
  if (pre == nullptr) return core::invalid("tokenizer.json: a pre_tokenizer is expected (ByteLevel, or Split with it)");
  std::vector<const Json*> parts = {pre};
  if (text_member(*pre, "type") == "Sequence") {
    const Json* const list = member(*pre, "pretokenizers");
    if (list == nullptr || !list->is_array()) return core::invalid("tokenizer.json: pretokenizers must be a list");
    parts.clear();
    for (const Json& one : list->as_array()) parts.push_back(&one);
  }
  bool byte_level = false;
  for (const Json* const one : parts) {
    const std::string type = text_member(*one, "type");
    if (type == "ByteLevel") {
      byte_level = true;
    } else if (type == "Split") {
      const Json* const pattern = member(*one, "pattern");
      const std::string regex = pattern == nullptr ? "" : text_member(*pattern, "Regex");
      if (regex != kLlama3 && regex != kQwen2)
        return core::invalid("tokenizer.json: unknown pattern " + regex.substr(0, 100));
      pattern_ = regex == kLlama3 ? Pattern::llama3 : Pattern::qwen2;
    } else {
      return core::invalid("tokenizer.json: unknown pre_tokenizer " + type.substr(0, 64));
    }
  }
  if (!byte_level) return core::invalid("tokenizer.json: only byte-level vocabularies are supported");
  return {};
}

core::Result<void> TextTokenizer::read_model(const Json& model) {
  if (text_member(model, "type") != "BPE") {
    return core::invalid("tokenizer.json: a BPE model is expected, not " + text_member(model, "type").substr(0, 64));
  }
  const Json* const ignores = member(model, "ignore_merges");
  ignore_merges_ = ignores != nullptr && ignores->is_bool() && ignores->as_bool();
  const Json* const vocabulary = member(model, "vocab");
  const Json* const merges = member(model, "merges");
  if (vocabulary == nullptr || !vocabulary->is_object() || merges == nullptr || !merges->is_array()) {
    return core::invalid("tokenizer.json: model.vocab and model.merges are expected");
  }
  if (vocabulary->as_object().size() > kMaxSymbols || merges->as_array().size() > kMaxSymbols) {
    return core::exhausted("tokenizer.json: more than a million symbols");
  }
  std::unordered_map<std::string, char> letters;
  for (std::size_t byte = 0; byte < 256; ++byte) letters[pipelines::byte_alphabet()[byte]] = static_cast<char>(byte);
  for (const auto& [symbol, id] : vocabulary->as_object()) {
    if (!id.is_integer() || id.as_integer() < 0 || id.as_integer() > std::int64_t{1} << 30) {
      return core::invalid("tokenizer.json: an id is no number within range");
    }
    const auto number = static_cast<std::int32_t>(id.as_integer());
    symbols_[symbol] = number;
    const std::u32string characters = TRY(pipelines::characters_of(symbol));
    std::string bytes;
    for (const char32_t c : characters) {
      const auto letter = letters.find(pipelines::to_utf8(std::u32string_view(&c, 1)));
      if (letter != letters.end()) bytes += letter->second;
    }
    bytes_[number] = std::move(bytes);
  }
  return read_merges(*merges);
}

core::Result<void> TextTokenizer::read_merges(const Json& merges) {
  std::int32_t rank = 0;
  for (const Json& one : merges.as_array()) {
    std::string left, right;
    if (one.is_string()) {
      const std::string& text = one.as_string();
      const std::size_t space = text.find(' ');
      left = text.substr(0, space);
      right = space == std::string::npos ? "" : text.substr(space + 1);
    } else if (one.is_array() && one.as_array().size() == 2 && one.as_array()[0].is_string() &&
               one.as_array()[1].is_string()) {
      left = one.as_array()[0].as_string();
      right = one.as_array()[1].as_string();
    }
    const auto a = symbols_.find(left), b = symbols_.find(right), both = symbols_.find(left + right);
    if (a == symbols_.end() || b == symbols_.end() || both == symbols_.end()) {
      return core::invalid("tokenizer.json: merge " + std::to_string(rank) + " is of symbols that there aren't");
    }
    merges_.try_emplace(pair_key(a->second, b->second), Merge{rank++, both->second});
  }
  return {};
}

core::Result<void> TextTokenizer::read_marks(const Json& document) {
  const Json* const added = member(document, "added_tokens");
  if (added == nullptr) return {};
  if (!added->is_array() || added->as_array().size() > kMaxSymbols) {
    return core::invalid("tokenizer.json: added_tokens must be a list");
  }
  for (const Json& one : added->as_array()) {
    const Json* const id = member(one, "id");
    const std::string text = text_member(one, "content");
    if (id == nullptr || !id->is_integer() || text.empty()) {
      return core::invalid("tokenizer.json: an added token needs content and id");
    }
    const auto number = static_cast<std::int32_t>(std::clamp<std::int64_t>(id->as_integer(), 0, 1 << 30));
    marks_[text] = number;
    bytes_.erase(number);
  }
  return {};
}

core::Result<std::vector<std::u32string_view>> TextTokenizer::words_of(std::u32string_view text) const {
  std::vector<std::u32string_view> words;
  while (!text.empty()) {
    const std::size_t length = pattern_ == Pattern::gpt2     ? gpt2_word(text)
                               : pattern_ == Pattern::llama3 ? llama_word(text, 3)
                                                             : llama_word(text, 1);
    words.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return words;
}

/// The cheapest way through one word: quadratic in its length, so a long run is cut where only a hostile text is.
core::Result<void> TextTokenizer::append_word(std::string_view word, std::vector<std::int64_t>& ids) const {
  constexpr std::size_t kLongest = 2048;
  if (word.size() > kLongest) {
    TRY(append_word(word.substr(0, kLongest), ids));
    return append_word(word.substr(kLongest), ids);
  }
  std::string spelled;
  std::vector<std::int32_t> parts;
  for (const char byte : word) {
    const std::string& letter = pipelines::byte_alphabet()[static_cast<std::uint8_t>(byte)];
    const auto id = symbols_.find(letter);
    if (id == symbols_.end()) return core::invalid("the vocabulary doesn't know every byte of this text");
    parts.push_back(id->second);
    spelled += letter;
  }
  if (ignore_merges_) {
    if (const auto whole = symbols_.find(spelled); whole != symbols_.end()) {
      ids.push_back(whole->second);
      return {};
    }
  }
  while (parts.size() > 1) {
    std::optional<Merge> best;
    std::size_t place = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto merge = merges_.find(pair_key(parts[i], parts[i + 1]));
      if (merge == merges_.end() || (best && best->rank <= merge->second.rank)) continue;
      best = merge->second;
      place = i;
    }
    if (!best) break;
    parts[place] = best->result;
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
  ids.insert(ids.end(), parts.begin(), parts.end());
  return {};
}

core::Result<std::vector<std::int64_t>> TextTokenizer::encode(std::string_view text) const {
  const std::u32string characters = TRY(pipelines::characters_of(text));
  std::vector<std::int64_t> ids;
  const std::vector<std::u32string_view> words = TRY(words_of(characters));
  for (const std::u32string_view word : words) TRY(append_word(pipelines::to_utf8(word), ids));
  return ids;
}

core::Result<std::int64_t> TextTokenizer::mark(std::string_view text) const {
  const auto found = marks_.find(std::string(text));
  if (found == marks_.end()) return core::invalid("the tokenizer has no token " + std::string(text));
  return found->second;
}

std::string TextTokenizer::bytes_of(std::int64_t id) const {
  const auto found = bytes_.find(static_cast<std::int32_t>(id));
  return found == bytes_.end() ? "" : found->second;
}

}  // namespace noonmark::language
