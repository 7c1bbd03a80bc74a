#include "edge/cli/demo_entries.h"

#include <algorithm>

#include "base/core/files.h"
#include "crypto/hash/hash.h"
#include "model/onnx/runtime.h"
#include "model/package/package.h"
#include "model/passes/decoys.h"
#include "model/passes/optimize.h"

namespace noonmark::cli {
namespace {

/// Names what an entry is made from, so that a changed baseline, recipe or program makes it anew.
std::string cache_key(const package::Package& baseline, const rules::Contest& contest, const DemoEntry& entry) {
  std::string text = std::string(NOONMARK_VERSION) + "\n" + baseline.digest().hex() + "\n" + entry.name + "\n" +
                     entry.recipe + "\n" + entry.decoy + "\n";
  for (const std::string& example : contest.inputs.examples) text += example + "\n";
  return hash::sha256(text).hex().substr(0, 16);
}

core::Result<void> make_entry(const package::Package& baseline, const rules::Contest& contest, const DemoEntry& entry,
                              const std::filesystem::path& target, const onnx::Runtime& runtime) {
  if (!entry.decoy.empty()) {
    passes::DecoyOptions options;
    options.label.name = entry.name;
    if (!contest.inputs.examples.empty()) options.prompts = contest.inputs.examples;
    return passes::make_decoy(entry.decoy, baseline, target, runtime, options);
  }
  const passes::Recipe recipe = TRY(passes::parse_recipe(entry.recipe));
  passes::OptimizeOptions options;
  options.label.name = entry.name;
  options.prompts = contest.inputs.examples;
  TRY(passes::optimize(baseline, recipe, target, runtime, options));
  return {};
}

/// Half-made entries of a killed process lie under another name and are thrown away.
core::Result<void> make_cached(const package::Package& baseline, const rules::Contest& contest, const DemoEntry& entry,
                               const std::filesystem::path& target, const onnx::Runtime& runtime) {
  std::filesystem::path partial = target;
  partial += ".partial";
  std::error_code problem;
  std::filesystem::remove_all(partial, problem);
  TRY(core::make_directories(partial.parent_path()));
  TRY(make_entry(baseline, contest, entry, partial, runtime).context("making the entry " + entry.name));
  std::filesystem::rename(partial, target, problem);
  if (problem) return core::internal("cannot rename " + partial.string() + ": " + problem.message());
  return {};
}

}  // namespace

const std::vector<DemoEntry>& demo_entries() {
  static const std::vector<DemoEntry> entries = {
      {"ten-steps", "steps=10", ""},
      {"half-weights", "fp16-weights", ""},
      {"baked", "bake", ""},
      {"int8", "int8-static", ""},
      {"twelve-steps-baked", "steps=12,bake", ""},
      {"fourteen-steps-baked", "steps=14,bake", ""},
      {"copy", "", "copy"},
      {"constant-image", "", "constant-image"},
      {"look-up-table", "", "look-up-table"},
      {"one-step", "", "one-step"},
      {"hang", "", "hang"},
      {"memory-hog", "", "memory"},
      {"wrong-digest", "", "wrong-digest"},
  };
  return entries;
}

bool is_honest_demo(std::string_view name) {
  return std::ranges::any_of(demo_entries(),
                             [&](const DemoEntry& entry) { return entry.name == name && entry.decoy.empty(); });
}

core::Result<std::vector<std::filesystem::path>> make_demo_entries(Context& context,
                                                                   const validator::HoldRequest& request,
                                                                   std::span<const DemoEntry> entries) {
  const package::Package baseline =
      TRY(package::Package::open(request.baseline).context("baseline " + request.baseline.string()));
  const std::filesystem::path cache = context.settings.home() / "entries";
  const auto runtime = TRY(onnx::Runtime::open());
  context.screen.begin("making entries", static_cast<double>(entries.size()));
  std::vector<std::filesystem::path> made;
  for (const DemoEntry& entry : entries) {
    if (context.stop) return core::cancelled("stopped while the entries were made; start the same command again");
    context.screen.advance_to(static_cast<double>(made.size()), entry.name);
    const std::filesystem::path target = cache / cache_key(baseline, request.contest, entry) / entry.name;
    std::error_code ignored;
    if (!std::filesystem::exists(target, ignored)) {
      TRY(make_cached(baseline, request.contest, entry, target, *runtime));
    }
    made.push_back(target);
  }
  context.screen.end();
  return made;
}

}  // namespace noonmark::cli
