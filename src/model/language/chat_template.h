#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "model/language/text_tokenizer.h"

namespace noonmark::language {

/// One message of a talk.
struct Message {
  std::string role;  ///< "system", "user" or "assistant"
  std::string content;
  bool operator==(const Message&) const = default;
};

/// How a model was taught to tell messages apart. Templates are programs (Jinja); the families in use are known by the
/// marks that they write, and nothing is run.
enum class ChatFamily {
  none,    ///< no template: completions only
  chatml,  ///< <|im_start|>role\n … <|im_end|>\n
  llama3,  ///< <|start_header_id|>role<|end_header_id|>\n\n … <|eot_id|>
};

/// Fails: invalid (a template of no known family).
core::Result<ChatFamily> family_of(std::string_view chat_template);

/// The talk, and the beginning of the assistant's next message. Fails: invalid (no template, an unknown role, not
/// UTF-8, a mark that the tokenizer lacks).
core::Result<std::vector<std::int64_t>> encode_chat(ChatFamily family, const TextTokenizer& tokenizer,
                                                    const std::vector<Message>& messages);

}  // namespace noonmark::language
