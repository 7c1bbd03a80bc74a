#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "model/language/language_model.h"

namespace noonmark::runner {

/// The words of OpenAI's chat completions and completions.
inline constexpr std::string_view kChatPath = "/v1/chat/completions";
inline constexpr std::string_view kCompletionsPath = "/v1/completions";

inline constexpr std::size_t kMaxTextRequestBytes = std::size_t{1} << 20;
inline constexpr int kMaxChoices = 16;

struct TextWireRequest {
  bool chat = true;
  language::TextRequest text;
  int n = 1;                   ///< choice k is made with seed + k
  bool stream = false;         ///< Server-Sent Events
  bool include_usage = false;  ///< of a stream: a last event with the tokens' numbers
  std::string model;           ///< as the request names it
  bool seeded = false;         ///< the request names a seed
};

/// Fails: invalid, naming the member. Members of OpenAI's API that ask for nothing (response_format text, tools null …)
/// are accepted; those that ask for what isn't here (tools, images) and unknown ones are refused.
core::Result<TextWireRequest> parse_text_request(std::string_view json, bool chat);
/// Fails: invalid (a text that is no UTF-8).
core::Result<std::string> write_text_request(const TextWireRequest& request);

/// What every part of one answer carries.
struct TextAnswerHead {
  bool chat = true;
  std::string id;  ///< "chatcmpl-…"
  std::string model;
  std::int64_t created = 0;
};

/// One choice as it came out.
struct Choice {
  std::string text;
  std::vector<language::Written> written;
  language::TextEnd end;
};

/// {"id","object","created","model","choices","usage"}.
std::string write_text_answer(const TextAnswerHead& head, const std::vector<Choice>& choices, bool logprobs);
/// Events of a stream, "data: …\n\n". A choice begins with begin_event (chat only), and ends with end_event.
std::string begin_event(const TextAnswerHead& head, int choice);
std::string piece_event(const TextAnswerHead& head, int choice, const language::Piece& piece, bool logprobs);
std::string end_event(const TextAnswerHead& head, int choice, const language::TextEnd& end);
std::string usage_event(const TextAnswerHead& head, int prompt_tokens, int completion_tokens);

}  // namespace noonmark::runner
