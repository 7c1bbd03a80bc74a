#include "trial/runner/embedding_skill.h"

#include "trial/runner/picture_files.h"

namespace noonmark::runner {

core::Result<Skill::Work> EmbeddingSkill::read(std::string_view, std::string_view body) {
  EmbeddingRequest request = TRY(parse_embedding_request(body));
  if (request.dimensions.value_or(embedder_.width()) != embedder_.width()) {
    return core::invalid("request.dimensions: this model gives " + std::to_string(embedder_.width()));
  }
  return Work([this, request = std::move(request)](server::Responder& responder) {
    const core::Result<std::string> answer = make(request, responder);
    responder.respond(answer.ok() ? json_answer(*answer) : error_response(answer.error()));
  });
}

core::Result<std::string> EmbeddingSkill::make(const EmbeddingRequest& request,
                                               const server::Responder& responder) const {
  std::vector<std::vector<float>> embeddings;
  int tokens = 0;
  for (std::size_t i = 0; i < request.inputs.size(); ++i) {
    if (responder.cancelled()) return core::cancelled("the request was cancelled");
    const EmbeddingRequest::Input& input = request.inputs[i];
    const std::string where = "request.input[" + std::to_string(i) + "]";
    if (!input.picture.empty()) {
      const image::Image picture = TRY(decode_picture_file(input.picture, "picture of " + where));
      embeddings.push_back(TRY(embedder_.embed(picture)));
      continue;
    }
    tokens += TRY(embedder_.count_tokens(input.text).context(where));
    embeddings.push_back(TRY(embedder_.embed(input.text).context(where)));
  }
  return write_embeddings(embeddings, request.base64, name_, tokens);
}

}  // namespace noonmark::runner
