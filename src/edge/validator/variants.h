#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/core/files.h"
#include "base/core/result.h"
#include "model/package/manifest.h"

namespace noonmark::validator {

/// A package with the files of `package` and a manifest that `change` has altered: the same model run another way.
/// Files are hard links where the disk allows it. The manifest is unsigned. The directory goes with the returned
/// object. Fails: as Package::open, and when nothing can be written.
core::Result<core::TempDir> make_variant(const std::filesystem::path& package,
                                         const std::function<void(package::Manifest&)>& change);

/// A way of running a package that nobody would mind: it changes pictures by rounding only.
struct HarmlessVariation {
  std::string name;  ///< for the record
  std::function<core::Result<core::TempDir>(const std::filesystem::path& package)> make;
};

/// Another number of threads, another level of graph optimisation, weights stored in half precision.
std::vector<HarmlessVariation> harmless_variations();

}  // namespace noonmark::validator
