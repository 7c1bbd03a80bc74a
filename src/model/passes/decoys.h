#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "model/onnx/runtime.h"
#include "model/package/package.h"
#include "model/passes/optimize.h"

namespace noonmark::passes {

// Packages that must not win. They are what a contest's admission, wall and referee are tested with, and what the
// demonstration contest shows being refused; each is made from a sound package.

/// Where a decoy is meant to be caught.
enum class CaughtBy {
  admission,    ///< Package::open or check_graphs refuses it
  wall,         ///< it breaks a limit while running
  measurement,  ///< it runs, and fidelity or the comparison of times gives it away
};

struct DecoyInfo {
  std::string name;
  std::string meaning;
  CaughtBy caught_by = CaughtBy::measurement;
};

/// Every decoy: copy, constant-image, look-up-table, one-step, hang, memory, wrong-digest, missing-file, unlisted-file,
/// symlink, malformed-graph, nan-weights, huge-tensor.
const std::vector<DecoyInfo>& known_decoys();

struct DecoyOptions {
  Label label;  ///< empty name: the source's and the decoy's
  /// look-up-table: the prompts whose pictures it memorises (at most 256). constant-image: those whose mean it shows.
  std::vector<std::string> prompts = {"a picture"};
  std::uint64_t seed = 0;  ///< of those pictures
};

/// Makes the decoy called `name` in `target`, which must not exist or be empty. Those caught at admission are left
/// broken on purpose; the others open and pass Package::check_graphs. Fails: usage (unknown name, no prompts), conflict
/// (`target`), as opening and running the source's pipeline.
core::Result<void> make_decoy(const std::string& name, const package::Package& source,
                              const std::filesystem::path& target, const onnx::Runtime& runtime,
                              const DecoyOptions& options = {});

}  // namespace noonmark::passes
