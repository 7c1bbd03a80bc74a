#pragma once
#include "edge/cli/application.h"
#include "edge/validator/equipment.h"

namespace noonmark::cli {

/// What packages are run with, as the settings say. Fails: unavailable.
core::Result<validator::Equipment> equip(Context& context);

}  // namespace noonmark::cli
