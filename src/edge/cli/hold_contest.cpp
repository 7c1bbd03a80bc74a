#include "edge/cli/hold_contest.h"

#include "base/core/files.h"
#include "crypto/sign/key_file.h"
#include "edge/cli/contest_file.h"
#include "edge/cli/equip.h"
#include "edge/cli/locate.h"

namespace noonmark::cli {

core::Result<validator::HoldRequest> hold_request(const std::filesystem::path& file) {
  validator::HoldRequest request;
  request.contest = TRY(load_contest(file));
  request.baseline = rules::baseline_path(request.contest, file);
  request.features = find_features();
  return request;
}

std::filesystem::path find_features() {
  const auto share = find_share();
  if (!share.ok()) return {};
  const std::filesystem::path features = *share / "zoo" / "features" / "features.onnx";
  std::error_code ignored;
  return std::filesystem::exists(features, ignored) ? features : std::filesystem::path();
}

core::Result<validator::Held> hold_contest(Context& context, const validator::HoldRequest& request) {
  const validator::Equipment equipment = TRY(equip(context));
  const std::filesystem::path key_file = context.settings.text("key_file");
  TRY(core::make_directories(key_file.parent_path()));
  const sign::SecretKey key = TRY(sign::load_or_create_key_file(key_file));
  bool begun = false;
  const auto on_hold = [&](double done, double total, std::string_view note) {
    if (!begun) context.screen.begin("contest " + request.contest.id, total);
    begun = true;
    context.screen.advance_to(done, note);
  };
  validator::Held held = TRY(validator::hold(equipment, request, key, context.clock, context.stop, on_hold));
  context.screen.end();
  if (held.resumed) context.log.info("went on from earlier records", {{"record", held.record.string()}});
  return held;
}

}  // namespace noonmark::cli
