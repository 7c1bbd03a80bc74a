#include "model/language/chat_template.h"

namespace noonmark::language {
namespace {

using Ids = std::vector<std::int64_t>;

/// Marks and texts one after the other.
class Writer {
 public:
  explicit Writer(const TextTokenizer& tokenizer) : tokenizer_(tokenizer) {}
  Writer& mark(std::string_view name) {
    if (!failure_) keep(tokenizer_.mark(name));
    return *this;
  }
  Writer& text(std::string_view text) {
    if (failure_) return *this;
    const auto ids = tokenizer_.encode(text);
    if (ids.ok()) {
      ids_.insert(ids_.end(), ids->begin(), ids->end());
    } else {
      failure_ = ids.error();
    }
    return *this;
  }
  core::Result<Ids> finish() && {
    if (failure_) return *failure_;
    return std::move(ids_);
  }

 private:
  void keep(const core::Result<std::int64_t>& id) {
    if (id.ok()) {
      ids_.push_back(*id);
    } else {
      failure_ = id.error();
    }
  }
  const TextTokenizer& tokenizer_;
  Ids ids_;
  std::optional<core::Error> failure_;
};

void begin_message(Writer& out, ChatFamily family, const std::string& role) {
  if (family == ChatFamily::chatml) {
    out.mark("<|im_start|>").text(role + "\n");
  } else {
    out.mark("<|start_header_id|>").text(role).mark("<|end_header_id|>").text("\n\n");
  }
}

}  // namespace

core::Result<ChatFamily> family_of(std::string_view chat_template) {
  if (chat_template.empty()) return ChatFamily::none;
  if (chat_template.find("<|im_start|>") != std::string_view::npos) return ChatFamily::chatml;
  if (chat_template.find("<|start_header_id|>") != std::string_view::npos) return ChatFamily::llama3;
  return core::invalid("tokenizer_config.json: chat_template is of no known family (ChatML, Llama 3)");
}

core::Result<Ids> encode_chat(ChatFamily family, const TextTokenizer& tokenizer, const std::vector<Message>& messages) {
  if (family == ChatFamily::none) return core::invalid("this model has no chat template: ask it for completions");
  Writer out(tokenizer);
  if (family == ChatFamily::llama3) out.mark("<|begin_of_text|>");
  for (const Message& message : messages) {
    if (message.role != "system" && message.role != "user" && message.role != "assistant") {
      return core::invalid("a message's role must be system, user or assistant");
    }
    begin_message(out, family, message.role);
    out.text(message.content);
    if (family == ChatFamily::chatml) {
      out.mark("<|im_end|>").text("\n");
    } else {
      out.mark("<|eot_id|>");
    }
  }
  begin_message(out, family, "assistant");
  return std::move(out).finish();
}

}  // namespace noonmark::language
