#include "edge/validator/variants.h"

#include "model/graph/rewrite.h"
#include "model/package/package.h"

namespace noonmark::validator {
namespace {

/// Every graph of the package with its weights rounded to float16.
core::Result<core::TempDir> store_in_half_precision(const std::filesystem::path& path) {
  const package::Package original = TRY(package::Package::open(path));
  core::TempDir directory = TRY(core::TempDir::create("noonmark-variant"));
  package::Manifest manifest = original.manifest();
  for (const package::FileEntry& file : manifest.files) {
    const std::filesystem::path to = directory.path() / file.path;
    TRY(core::make_directories(to.parent_path()));
    if (!file.path.ends_with(".onnx")) {
      TRY(original.copy_file(file.path, to));
      continue;
    }
    const core::Bytes model = TRY(original.read(file.path));
    const core::Bytes rounded = TRY(graph::store_weights_as_half(model));
    TRY(core::write_file_atomic(to, rounded));
  }
  const package::Description description{manifest.name,        manifest.version, manifest.task,    manifest.parent,
                                         manifest.description, manifest.licence, manifest.runtime, manifest.defaults};
  const package::Manifest rewritten = TRY(package::describe_directory(directory.path(), description));
  TRY(package::write_manifest(directory.path(), rewritten));
  return directory;
}

}  // namespace

core::Result<core::TempDir> make_variant(const std::filesystem::path& package,
                                         const std::function<void(package::Manifest&)>& change) {
  const package::Package original = TRY(package::Package::open(package));
  core::TempDir directory = TRY(core::TempDir::create("noonmark-variant"));
  package::Manifest manifest = original.manifest();
  for (const package::FileEntry& file : manifest.files) {
    const std::filesystem::path to = directory.path() / file.path;
    TRY(core::make_directories(to.parent_path()));
    TRY(original.copy_file(file.path, to));
  }
  manifest.author.reset();
  manifest.signature.reset();
  change(manifest);
  TRY(package::write_manifest(directory.path(), manifest));
  return directory;
}

std::vector<HarmlessVariation> harmless_variations() {
  return {{"another number of threads",
           [](const std::filesystem::path& package) {
             return make_variant(package, [](package::Manifest& manifest) {
               manifest.runtime.intra_op_threads = manifest.runtime.intra_op_threads == 1 ? 2 : 1;
             });
           }},
          {"basic graph optimisation",
           [](const std::filesystem::path& package) {
             return make_variant(package, [](package::Manifest& manifest) {
               const bool basic = manifest.runtime.graph_optimization == package::GraphOptimization::basic;
               manifest.runtime.graph_optimization =
                   basic ? package::GraphOptimization::all : package::GraphOptimization::basic;
             });
           }},
          {"weights stored in half precision", store_in_half_precision}};
}

}  // namespace noonmark::validator
