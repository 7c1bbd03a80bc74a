#include "edge/cli/equip.h"

#include "edge/cli/locate.h"

namespace noonmark::cli {

core::Result<validator::Equipment> equip(Context& context) {
  const std::string& wish = context.settings.text("sandbox");
  const validator::WallPolicy policy = wish == "require" ? validator::WallPolicy::require
                                       : wish == "none"  ? validator::WallPolicy::none
                                                         : validator::WallPolicy::best;
  const std::filesystem::path program = TRY(own_executable());
  validator::Equipment equipment = TRY(validator::equip(policy, program));
  for (const std::string& warning : equipment.wall.warnings()) context.log.warning("weaker wall", {{"what", warning}});
  return equipment;
}

}  // namespace noonmark::cli
