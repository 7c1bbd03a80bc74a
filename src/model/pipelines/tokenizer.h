#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/core/result.h"

namespace noonmark::pipelines {

/// Texts of a tokenizer folder in Hugging Face's layout.
struct TokenizerFiles {
  std::string vocabulary;      ///< vocab.json: symbol → id
  std::string merges;          ///< merges.txt: "left right" a line, best first; a first line "#version…" is left out
  std::string config;          ///< tokenizer_config.json, or empty
  std::string special_tokens;  ///< special_tokens_map.json, or empty; asked where the config is silent
};

/// Longest text that encode() takes.
inline constexpr std::size_t kMaxPromptBytes = 16384;

/// CLIP's tokenizer: byte-level byte-pair encoding of lower-cased, NFC-normalised words (Radford et al. 2021,
/// section 2.4).
///
/// Text is cut at special tokens first, then into contractions, runs of letters, single digits and runs of other marks;
/// a word's UTF-8 bytes are written in GPT-2's byte alphabet, the last one marked with "</w>", and neighbours are
/// merged best rank first, left to right among equals. Threads: const methods from any thread.
class Tokenizer {
 public:
  /// Fails: invalid (not JSON, ids out of range, a merge of unknown symbols, start or end token missing), exhausted
  /// (files beyond 16 MB, more than a million symbols).
  static core::Result<Tokenizer> create(const TokenizerFiles& files);

  /// Start token, text, end token, then padding: exactly `length` ids. Longer text is cut so that the end token stays.
  /// Fails: invalid (not UTF-8, longer than kMaxPromptBytes). Requires: length >= 2.
  core::Result<std::vector<std::int64_t>> encode(std::string_view text, int length) const;

  /// Ids of the text alone, however many. Fails: as encode().
  core::Result<std::vector<std::int64_t>> tokens(std::string_view text) const;

  /// Words of the ids, one space after each; special tokens as themselves, ids that don't exist left out.
  /// tokens(decode(tokens(x))) equals tokens(x) when the vocabulary knows every byte.
  std::string decode(const std::vector<std::int64_t>& ids) const;

  /// Longest sequence that the config names; 0 when it names none that matters.
  int model_max_length() const { return model_max_length_; }
  std::size_t vocabulary_size() const { return symbols_.size(); }

 private:
  struct Merge {
    std::int32_t rank = 0;
    std::int32_t result = 0;
  };
  struct Special {
    std::string text;
    std::int32_t id = 0;
  };
  static constexpr std::uint64_t pair_key(std::int32_t left, std::int32_t right) {
    return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32) | static_cast<std::uint32_t>(right);
  }
  core::Result<void> read_vocabulary(std::string_view text);
  core::Result<void> read_merges(std::string_view text);
  core::Result<void> read_config(std::string_view config, std::string_view special_tokens);
  core::Result<void> append_text(std::string_view text, std::vector<std::int64_t>& ids) const;
  void append_word(std::string_view word, std::vector<std::int64_t>& ids) const;

  std::unordered_map<std::string, std::int32_t> symbols_;
  std::unordered_map<std::int32_t, std::string> names_;
  std::unordered_map<std::uint64_t, Merge> merges_;
  std::array<std::int32_t, 256> inner_byte_{}, last_byte_{};  // ids of single bytes inside and at the end of a word
  Special start_, end_, pad_;
  int model_max_length_ = 0;
};

}  // namespace noonmark::pipelines
