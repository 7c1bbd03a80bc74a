#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "edge/cli/application.h"
#include "edge/validator/hold.h"

namespace noonmark::cli {

/// One entry of the demonstration contest: an honest optimisation, or a decoy that must not win.
struct DemoEntry {
  std::string name;
  std::string recipe;  ///< passes of model/passes; empty for a decoy
  std::string decoy;   ///< name of a decoy; empty for an honest entry
};

/// The line-up of `contest demo`, in order of arrival.
const std::vector<DemoEntry>& demo_entries();

/// Is one of the honest entries called `name`?
bool is_honest_demo(std::string_view name);

/// Makes the entries from the request's baseline in the data directory, or finds them there from an earlier call: they
/// are kept by the content that they are made from. Shows progress. Returns their directories in order.
/// Fails: as passes::optimize and passes::make_decoy; cancelled.
core::Result<std::vector<std::filesystem::path>> make_demo_entries(Context& context,
                                                                   const validator::HoldRequest& request,
                                                                   std::span<const DemoEntry> entries);

}  // namespace noonmark::cli
