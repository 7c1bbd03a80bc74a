#include "trial/runner/text_skill.h"

#include "base/codec/text.h"
#include "base/core/random.h"

namespace noonmark::runner {

core::Result<Skill::Work> TextSkill::read(std::string_view path, std::string_view body) {
  TextWireRequest request = TRY(parse_text_request(body, path == kChatPath));
  return Work([this, request = std::move(request)](server::Responder& responder) { answer(request, responder); });
}

TextAnswerHead TextSkill::head_of(const TextWireRequest& request) const {
  std::array<std::uint8_t, 12> random{};
  core::fill_secure_random(random);
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
  return {request.chat, (request.chat ? "chatcmpl-" : "cmpl-") + codec::hex(random),
          request.model.empty() ? name_ : request.model, now};
}

void TextSkill::answer(const TextWireRequest& request, server::Responder& responder) {
  if (!request.stream) {
    const auto body = write_all(request, responder);
    return responder.respond(body.ok() ? json_answer(*body) : error_response(body.error()));
  }
  if (!begin_events(responder)) return;
  const auto written = stream_all(request, responder);
  if (!written.ok()) responder.write(error_event(written.error()));
  responder.write(kLastEvent);
  responder.finish();
}

core::Result<std::string> TextSkill::write_all(const TextWireRequest& request, server::Responder& responder) {
  std::vector<Choice> choices;
  for (int i = 0; i < request.n; ++i) {
    Choice choice;
    language::TextRequest text = request.text;
    text.seed += static_cast<std::uint64_t>(i);
    choice.end = TRY(model_->generate(text, [&](const language::Piece& piece) {
      choice.text += piece.text;
      choice.written.insert(choice.written.end(), piece.written.begin(), piece.written.end());
      return !responder.cancelled();
    }));
    choices.push_back(std::move(choice));
  }
  return write_text_answer(head_of(request), choices, request.text.top_logprobs.has_value());
}

core::Result<void> TextSkill::stream_all(const TextWireRequest& request, server::Responder& responder) {
  const TextAnswerHead head = head_of(request);
  const bool logprobs = request.text.top_logprobs.has_value();
  int prompt_tokens = 0, completion_tokens = 0;
  for (int i = 0; i < request.n; ++i) {
    language::TextRequest text = request.text;
    text.seed += static_cast<std::uint64_t>(i);
    if (request.chat) responder.write(begin_event(head, i));
    const language::TextEnd end = TRY(model_->generate(
        text, [&](const language::Piece& piece) { return responder.write(piece_event(head, i, piece, logprobs)); }));
    responder.write(end_event(head, i, end));
    prompt_tokens = end.prompt_tokens;
    completion_tokens += end.completion_tokens;
  }
  if (request.include_usage) responder.write(usage_event(head, prompt_tokens, completion_tokens));
  return {};
}

}  // namespace noonmark::runner
