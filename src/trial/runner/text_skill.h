#pragma once

#include "trial/runner/skill.h"
#include "trial/runner/text_words.h"

namespace noonmark::runner {

/// Chat and completions.
class TextSkill final : public Skill {
 public:
  /// `name`: that answers tell. `clock` must outlive it.
  TextSkill(std::unique_ptr<language::LanguageModel> model, std::string name, const core::Clock& clock)
      : model_(std::move(model)), name_(std::move(name)), clock_(clock) {}

  std::vector<std::string_view> paths() const override { return {kChatPath, kCompletionsPath}; }
  core::Result<Work> read(std::string_view path, std::string_view body) override;

 private:
  TextAnswerHead head_of(const TextWireRequest& request) const;
  void answer(const TextWireRequest& request, server::Responder& responder);
  core::Result<std::string> write_all(const TextWireRequest& request, server::Responder& responder);
  core::Result<void> stream_all(const TextWireRequest& request, server::Responder& responder);

  const std::unique_ptr<language::LanguageModel> model_;
  const std::string name_;
  const core::Clock& clock_;
};

}  // namespace noonmark::runner
