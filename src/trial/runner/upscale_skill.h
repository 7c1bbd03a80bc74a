#pragma once

#include "model/pipelines/upscaler.h"
#include "trial/runner/protocol.h"
#include "trial/runner/skill.h"

namespace noonmark::runner {

/// Enlarged pictures.
class UpscaleSkill final : public Skill {
 public:
  /// `clock` must outlive it.
  UpscaleSkill(std::unique_ptr<pipelines::Upscaler> upscaler, const core::Clock& clock)
      : upscaler_(std::move(upscaler)), clock_(clock) {}

  std::vector<std::string_view> paths() const override { return {kUpscalesPath}; }
  core::Result<Work> read(std::string_view path, std::string_view body) override;

 private:
  core::Result<std::string> make(const WireRequest& request, server::Responder& responder);

  const std::unique_ptr<pipelines::Upscaler> upscaler_;
  const core::Clock& clock_;
};

}  // namespace noonmark::runner
