#pragma once

#include "model/pipelines/pipeline.h"
#include "trial/runner/protocol.h"
#include "trial/runner/skill.h"

namespace noonmark::runner {

/// Pictures from text, and from pictures where the pipeline takes them.
class ImageSkill final : public Skill {
 public:
  /// `clock` must outlive it.
  ImageSkill(std::unique_ptr<pipelines::Pipeline> pipeline, const core::Clock& clock)
      : pipeline_(std::move(pipeline)), clock_(clock) {}

  std::vector<std::string_view> paths() const override { return {kImagesPath, kEditsPath, kVariationsPath}; }
  core::Result<Work> read(std::string_view path, std::string_view body) override;

 private:
  void answer(const WireRequest& request, server::Responder& responder);
  core::Result<std::string> make(const WireRequest& request, server::Responder& responder);

  const std::unique_ptr<pipelines::Pipeline> pipeline_;
  const core::Clock& clock_;
};

}  // namespace noonmark::runner
