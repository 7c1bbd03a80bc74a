#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "contest/rules/contest.h"
#include "model/onnx/runtime.h"
#include "model/package/package.h"

namespace noonmark::cli {

/// One entry of the demonstration contest: an honest optimisation, or a decoy that must not win.
struct DemoEntry {
  std::string name;
  std::string recipe;  ///< passes of model/passes; empty for a decoy
  std::string decoy;   ///< name of a decoy; empty for an honest entry
};

/// The line-up, in order of arrival.
const std::vector<DemoEntry>& demo_entries();

/// Is one of the honest entries called `name`?
bool is_honest_demo(std::string_view name);

/// `done` of `total` entries are there; `name` is being made.
using OnDemo = std::function<void(std::size_t done, std::size_t total, std::string_view name)>;

/// Makes the entries from `baseline` below `cache`, or finds them there from an earlier call: they are kept by the
/// content that they are made from. Returns their directories in order of demo_entries(). `stop` ends it with
/// cancelled. Fails: as passes::optimize and passes::make_decoy.
core::Result<std::vector<std::filesystem::path>> make_demo_entries(
    const package::Package& baseline, const rules::Contest& contest, const std::filesystem::path& cache,
    const onnx::Runtime& runtime, const std::function<bool()>& stop, const OnDemo& on_demo);

}  // namespace noonmark::cli
