#include "trial/runner/skill.h"

#include "trial/runner/embedding_skill.h"
#include "trial/runner/image_skill.h"
#include "trial/runner/text_skill.h"
#include "trial/runner/upscale_skill.h"

namespace noonmark::runner {
namespace {

int status_for(core::ErrorKind kind) {
  switch (kind) {
    case core::ErrorKind::usage:
    case core::ErrorKind::invalid:
      return 400;
    case core::ErrorKind::denied:
      return 403;
    case core::ErrorKind::not_found:
      return 404;
    case core::ErrorKind::conflict:
      return 409;
    case core::ErrorKind::exhausted:
      return 413;
    case core::ErrorKind::cancelled:
      return 499;
    case core::ErrorKind::unavailable:
      return 503;
    case core::ErrorKind::timeout:
      return 504;
    default:
      return 500;
  }
}

}  // namespace

core::Result<std::unique_ptr<Skill>> open_skill(const package::Package& package, const onnx::Runtime& runtime,
                                                const core::Clock& clock) {
  if (package.manifest().task == "chat") {
    auto model = TRY(language::LanguageModel::open(package, runtime));
    std::unique_ptr<Skill> writer = std::make_unique<TextSkill>(std::move(model), package.manifest().name, clock);
    return writer;
  }
  if (package.manifest().task == "upscale") {
    auto upscaler = TRY(pipelines::Upscaler::open(package, runtime));
    std::unique_ptr<Skill> enlarger = std::make_unique<UpscaleSkill>(std::move(upscaler), clock);
    return enlarger;
  }
  if (package.manifest().task == "embeddings") {
    auto embedder = TRY(pipelines::Embedder::open(package, runtime));
    std::unique_ptr<Skill> reader = std::make_unique<EmbeddingSkill>(std::move(embedder), package.manifest().name);
    return reader;
  }
  std::unique_ptr<pipelines::Pipeline> pipeline = TRY(pipelines::open_pipeline(package, runtime));
  std::unique_ptr<Skill> skill = std::make_unique<ImageSkill>(std::move(pipeline), clock);
  return skill;
}

http::Response error_response(const core::Error& error) {
  return http::error_response(status_for(error.kind), error.message, core::to_string(error.kind));
}

std::string error_event(const core::Error& error) { return "data: " + error_response(error).body + "\n\n"; }

http::Response json_answer(std::string json) {
  http::Response response;
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(json);
  return response;
}

bool begin_events(server::Responder& responder) {
  return responder.begin_stream(200, {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}});
}

}  // namespace noonmark::runner
