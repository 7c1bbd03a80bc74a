#include "contest/rules/inputs.h"

#include <set>

#include "base/codec/fields.h"
#include "base/core/random.h"
#include "crypto/hash/hash.h"

namespace noonmark::rules {
namespace {

constexpr std::uint64_t kMostPrompts = std::uint64_t{1} << 40;
constexpr std::size_t kMaxPrompt = 1000;

/// A template in pieces: text, word, text, word, …
struct Pieces {
  std::vector<std::string> texts;  ///< One more than words.
  std::vector<std::string> words;
};

core::Result<Pieces> split(std::string_view text) {
  Pieces pieces;
  for (;;) {
    const std::size_t open = text.find_first_of("{}");
    pieces.texts.emplace_back(text.substr(0, open));
    if (open == std::string_view::npos) return pieces;
    const std::size_t close = text.find_first_of("{}", open + 1);
    if (text[open] == '}' || close == std::string_view::npos || text[close] == '{') {
      return core::invalid("contest.inputs.template: write each word as {word}, with nothing else in braces");
    }
    pieces.words.emplace_back(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
}

std::size_t longest(const std::vector<std::string>& list) {
  std::size_t result = 0;
  for (const std::string& word : list) result = std::max(result, word.size());
  return result;
}

/// Prompt number `index` of the template, the last word turning fastest.
std::string make_prompt(const Inputs& inputs, const Pieces& pieces, std::uint64_t index) {
  std::vector<std::string_view> chosen(pieces.words.size());
  for (std::size_t i = pieces.words.size(); i > 0; --i) {
    const auto& list = inputs.words.at(pieces.words[i - 1]);
    chosen[i - 1] = list[index % list.size()];
    index /= list.size();
  }
  std::string prompt = pieces.texts[0];
  for (std::size_t i = 0; i < chosen.size(); ++i) prompt.append(chosen[i]).append(pieces.texts[i + 1]);
  return prompt;
}

/// Checks that words and lists fit together, and that prompts stay short.
core::Result<void> check_template(const Inputs& inputs, const Pieces& pieces) {
  std::set<std::string> used;
  std::size_t length = inputs.prompt_template.size();
  for (const std::string& word : pieces.words) {
    const auto found = inputs.words.find(word);
    if (found == inputs.words.end()) return core::invalid("contest.inputs.words." + word + ": is missing");
    if (found->second.empty()) return core::invalid("contest.inputs.words." + word + ": is empty");
    if (!used.insert(word).second) return core::invalid("contest.inputs.template: names {" + word + "} twice");
    length += longest(found->second);
  }
  if (length > kMaxPrompt) return core::invalid("contest.inputs.template: makes prompts longer than 1000 bytes");
  for (const auto& [name, list] : inputs.words) {
    if (!used.contains(name)) return core::invalid("contest.inputs.words." + name + ": isn't used by the template");
  }
  return {};
}

/// All numbers that draw_inputs chooses among.
std::uint64_t space_of(const Inputs& inputs, const Pieces& pieces) {
  if (!inputs.prompts.empty()) return inputs.prompts.size();
  std::uint64_t space = 1;
  for (const std::string& word : pieces.words) space = std::min(kMostPrompts, space * inputs.words.at(word).size());
  return space;
}

std::uint64_t little_endian(core::ByteView bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i > 0; --i) value = value << 8 | bytes[i - 1];
  return value;
}

core::Philox generator_of(const hash::Digest& contest, core::ByteView beacon) {
  hash::Sha256 digest;
  digest.update(beacon);
  digest.update(contest.bytes);
  const hash::Digest key = digest.finish();
  return core::Philox(little_endian(core::ByteView(key.bytes).first(8)),
                      little_endian(core::ByteView(key.bytes).subspan(8, 8)));
}

/// Different choices may make the same prompt ("a b" + "c", "a" + "b c"), so a small space is looked through. In a
/// large one, a trial draw proves that drawing ends soon.
core::Result<std::uint64_t> count_template_prompts(const Inputs& inputs, const Pieces& pieces,
                                                   const std::set<std::string>& examples) {
  constexpr std::uint64_t kLookedThrough = 20'000;
  constexpr std::size_t kPlenty = 2'000;  // twice the largest count
  const std::uint64_t space = space_of(inputs, pieces);
  std::set<std::string> prompts;
  core::Philox random(1);
  for (std::uint64_t i = 0; i < std::min(space, kLookedThrough); ++i) {
    std::string prompt = make_prompt(inputs, pieces, space <= kLookedThrough ? i : random.below(space));
    if (!examples.contains(prompt)) prompts.insert(std::move(prompt));
  }
  if (space <= kLookedThrough) return prompts.size();
  if (prompts.size() >= kPlenty) return space - examples.size();
  return core::invalid("contest.inputs.words: most choices make the same few prompts; shorten the lists");
}

}  // namespace

core::Result<std::uint64_t> count_prompts(const Inputs& inputs) {
  const std::set<std::string> examples(inputs.examples.begin(), inputs.examples.end());
  if (!inputs.prompts.empty()) {
    const auto is_new = [&](const std::string& prompt) { return !examples.contains(prompt); };
    return static_cast<std::uint64_t>(std::count_if(inputs.prompts.begin(), inputs.prompts.end(), is_new));
  }
  const Pieces pieces = TRY(split(inputs.prompt_template));
  TRY(check_template(inputs, pieces));
  return count_template_prompts(inputs, pieces, examples);
}

std::vector<Input> draw_inputs(const Inputs& inputs, const hash::Digest& contest, core::ByteView beacon) {
  Pieces pieces;
  if (inputs.prompts.empty()) pieces = split(inputs.prompt_template).value();
  core::Philox random = generator_of(contest, beacon);
  const std::uint64_t space = space_of(inputs, pieces);
  std::set<std::string> taken(inputs.examples.begin(), inputs.examples.end());
  std::vector<Input> drawn;
  while (drawn.size() < static_cast<std::size_t>(inputs.count)) {
    const std::uint64_t index = random.below(space);
    std::string prompt = inputs.prompts.empty() ? make_prompt(inputs, pieces, index) : inputs.prompts[index];
    if (!taken.insert(prompt).second) continue;
    drawn.push_back({std::move(prompt), random.uint32()});
  }
  return drawn;
}

codec::Json to_json(const std::vector<Input>& inputs) {
  codec::Json array = codec::Json::array();
  for (const Input& input : inputs) {
    array.push_back(codec::Json::object({{"prompt", input.prompt}, {"seed", input.seed}}));
  }
  return array;
}

core::Result<std::vector<Input>> inputs_from_json(const codec::Json& json) {
  if (!json.is_array() || json.as_array().size() > 1000) return core::invalid("inputs must be at most 1000 requests");
  std::vector<Input> inputs;
  for (const codec::Json& item : json.as_array()) {
    codec::Fields fields(item, "inputs[" + std::to_string(inputs.size()) + "]");
    Input& input = inputs.emplace_back();
    input.prompt = fields.text("prompt", kMaxPrompt);
    input.seed = static_cast<std::uint64_t>(fields.integer("seed", 0, 0xffff'ffff));
    TRY(fields.finish());
  }
  return inputs;
}

}  // namespace noonmark::rules
