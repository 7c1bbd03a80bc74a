#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"

namespace noonmark::language {

/// Byte-level byte-pair encoding from a Hugging Face tokenizer.json, as GPT-2's, Llama 3's and Qwen's exports have it:
/// text is cut into words by one of their patterns, a word's bytes are written in GPT-2's alphabet, and neighbours are
/// merged best rank first. Threads: const methods from any thread.
class TextTokenizer {
 public:
  /// Fails: invalid (not such a file; a model, normaliser or pattern that isn't known here, by its name), exhausted
  /// (beyond 64 MiB or a million symbols).
  static core::Result<TextTokenizer> create(std::string_view tokenizer_json);

  /// Ids of a text in which the marks of the model (<|im_end|> …) are text like any other: what callers write can't end
  /// a message or begin one. Fails: invalid (not UTF-8).
  core::Result<std::vector<std::int64_t>> encode(std::string_view text) const;
  /// The mark's id. Fails: invalid (there is none of that name).
  core::Result<std::int64_t> mark(std::string_view text) const;
  bool has_mark(std::string_view text) const { return marks_.contains(std::string(text)); }
  /// The bytes that the id stands for: not always whole characters. Marks and unknown ids stand for nothing.
  std::string bytes_of(std::int64_t id) const;
  std::size_t vocabulary_size() const { return symbols_.size() + marks_.size(); }

 private:
  /// How texts are cut into words.
  enum class Pattern { gpt2, llama3, qwen2 };
  struct Merge {
    std::int32_t rank = 0, result = 0;
  };
  core::Result<void> read_model(const codec::Json& model);
  core::Result<void> read_merges(const codec::Json& merges);
  core::Result<void> read_marks(const codec::Json& document);
  core::Result<void> read_pattern(const codec::Json& document);
  core::Result<std::vector<std::u32string_view>> words_of(std::u32string_view text) const;
  core::Result<void> append_word(std::string_view word, std::vector<std::int64_t>& ids) const;

  Pattern pattern_ = Pattern::gpt2;
  bool ignore_merges_ = false;  // a word that is a symbol is that symbol, whatever the merges say
  std::unordered_map<std::string, std::int32_t> symbols_, marks_;
  std::unordered_map<std::int32_t, std::string> bytes_;
  std::unordered_map<std::uint64_t, Merge> merges_;
};

}  // namespace noonmark::language
