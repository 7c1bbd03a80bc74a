#include "trial/runner/image_skill.h"

namespace noonmark::runner {

core::Result<Skill::Work> ImageSkill::read(std::string_view path, std::string_view body) {
  WireRequest request = TRY(parse_request(body, *purpose_of(path)));
  return Work([this, request = std::move(request)](server::Responder& responder) { answer(request, responder); });
}

void ImageSkill::answer(const WireRequest& request, server::Responder& responder) {
  if (request.stream && !begin_events(responder)) return;
  const core::Result<std::string> body = make(request, responder);
  if (!request.stream) return responder.respond(body.ok() ? json_answer(*body) : error_response(body.error()));
  responder.write(body.ok() ? *body : error_event(body.error()));
  responder.write(kLastEvent);
  responder.finish();
}

core::Result<std::string> ImageSkill::make(const WireRequest& request, server::Responder& responder) {
  const pipelines::ImageRequest wanted = TRY(with_pictures(request));
  const auto images = TRY(pipeline_->generate(wanted, [&](pipelines::Progress progress) {
    if (request.stream) return responder.write(progress_event(progress));
    return !responder.cancelled();
  }));
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
  return request.stream ? completed_events(images, request.format, now, request.purpose)
                        : write_answer(images, request.format, now);
}

}  // namespace noonmark::runner
