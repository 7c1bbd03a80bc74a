#pragma once

#include "model/pipelines/embedder.h"
#include "trial/runner/embedding_words.h"
#include "trial/runner/skill.h"

namespace noonmark::runner {

/// Embeddings of texts and pictures.
class EmbeddingSkill final : public Skill {
 public:
  /// `name`: that answers tell.
  EmbeddingSkill(pipelines::Embedder embedder, std::string name)
      : embedder_(std::move(embedder)), name_(std::move(name)) {}

  std::vector<std::string_view> paths() const override { return {kEmbeddingsPath}; }
  core::Result<Work> read(std::string_view path, std::string_view body) override;

 private:
  core::Result<std::string> make(const EmbeddingRequest& request, const server::Responder& responder) const;

  const pipelines::Embedder embedder_;
  const std::string name_;
};

}  // namespace noonmark::runner
