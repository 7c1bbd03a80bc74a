#include "model/passes/optimize.h"

#include <algorithm>
#include <map>
#include <utility>

#include "model/passes/internal/pass.h"
#include "model/passes/internal/workspace.h"

namespace noonmark::passes {
namespace {

using internal::Workspace;

internal::Pass pass_named(const std::string& name) {
  static const std::map<std::string, internal::Pass> passes = {
      {"bake", internal::bake},
      {"fixed-batch", internal::fix_batch},
      {"fp16-weights", internal::store_half},
      {"guidance", internal::set_guidance},
      {"int8-dynamic", internal::quantize_dynamic},
      {"int8-static", internal::quantize_static},
      {"optimization", internal::set_optimization},
      {"scheduler", internal::set_scheduler},
      {"steps", internal::set_steps},
      {"threads", internal::set_threads},
  };
  const auto found = passes.find(name);
  CHECK(found != passes.end(), "a pass that parse_recipe() knows but nobody built");
  return found->second;
}

/// A baked graph holds the runtime's own operators and can't be rewritten; half-stored weights hide from quantisation.
core::Result<void> check_order(const Recipe& recipe) {
  const auto place = [&](std::string_view pass) {
    return std::ranges::find(recipe.calls, pass, &PassCall::pass) - recipe.calls.begin();
  };
  const auto count = static_cast<std::ptrdiff_t>(recipe.calls.size());
  const auto comes_before = [&](std::string_view first, std::string_view second) -> core::Result<void> {
    if (place(second) == count || place(first) == count || place(first) < place(second)) return {};
    return core::usage("recipe: write '" + std::string(first) + "' before '" + std::string(second) + "'");
  };
  for (const std::string_view pass : {"fp16-weights", "int8-dynamic", "int8-static"}) TRY(comes_before("fuse", pass));
  for (const std::string_view pass : {"fuse", "int8-dynamic", "int8-static", "fixed-batch", "guidance"}) {
    TRY(comes_before(pass, "bake"));
  }
  for (const std::string_view pass : {"int8-dynamic", "int8-static"}) TRY(comes_before(pass, "fp16-weights"));
  if (place("bake") != count && place("fp16-weights") != count) {
    return core::usage("recipe: 'bake' would fold the half-precision weights back into float; leave one of them out");
  }
  return comes_before("guidance", "fixed-batch");
}

/// Letters, digits and dashes of the recipe, as far as a package name goes.
std::string name_for(const std::string& source, const Recipe& recipe) {
  std::string name = source;
  for (const PassCall& call : recipe.calls) {
    name += "-" + call.pass;
    for (const char c : call.value) name += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return name.substr(0, 64);
}

void apply_label(const Label& label, const std::string& name, const std::string& description,
                 package::Description& draft) {
  draft.name = label.name.empty() ? name : label.name;
  if (!label.version.empty()) draft.version = label.version;
  draft.description = label.description.empty() ? description : label.description;
}

}  // namespace

core::Result<Outcome> optimize(const package::Package& source, const Recipe& recipe,
                               const std::filesystem::path& target, const onnx::Runtime& runtime,
                               const OptimizeOptions& options, const OnProgress& on_progress) {
  TRY(check_order(recipe));
  Workspace workspace = TRY(Workspace::create(source, target));
  const std::string& from = source.manifest().name;
  apply_label(options.label, name_for(from, recipe), "Made from " + from + " by the recipe " + to_text(recipe),
              workspace.draft());
  Outcome outcome;
  for (const PassCall& call : recipe.calls) {
    const auto progress = [&](int part, int parts) {
      if (on_progress) on_progress(call.pass, part, parts);
    };
    progress(0, 1);
    internal::Context context{workspace, runtime, options, progress};
    std::string detail = TRY(pass_named(call.pass)(call, context).context("pass '" + call.pass + "'"));
    outcome.applied.push_back({call.pass, std::move(detail)});
  }
  outcome.manifest = TRY(workspace.finish());
  return outcome;
}

core::Result<package::Manifest> copy_package(const package::Package& source, const std::filesystem::path& target,
                                             const Label& label) {
  Workspace workspace = TRY(Workspace::create(source, target));
  apply_label(label, source.manifest().name, source.manifest().description, workspace.draft());
  return workspace.finish();
}

}  // namespace noonmark::passes
