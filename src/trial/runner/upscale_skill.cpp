#include "trial/runner/upscale_skill.h"

#include "model/image/colour.h"

namespace noonmark::runner {

core::Result<Skill::Work> UpscaleSkill::read(std::string_view, std::string_view body) {
  WireRequest request = TRY(parse_request(body, Purpose::upscale));
  return Work([this, request = std::move(request)](server::Responder& responder) {
    const core::Result<std::string> answer = make(request, responder);
    responder.respond(answer.ok() ? json_answer(*answer) : error_response(answer.error()));
  });
}

core::Result<std::string> UpscaleSkill::make(const WireRequest& request, server::Responder& responder) {
  const pipelines::ImageRequest read = TRY(with_pictures(request));
  const std::vector<image::Image> enlarged = {TRY(
      upscaler_->upscale(image::to_rgb(*read.picture), [&](pipelines::Progress) { return !responder.cancelled(); }))};
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
  return write_answer(enlarged, request.format, now);
}

}  // namespace noonmark::runner
