#include "model/passes/decoys.h"

#include <algorithm>
#include <limits>
#include <system_error>
#include <utility>

#include "base/core/files.h"
#include "model/graph/build.h"
#include "model/passes/internal/decoy.h"
#include "model/passes/internal/workspace.h"

namespace noonmark::passes {
namespace {

namespace fs = std::filesystem;
using internal::Workspace;

const std::string kUnet = "unet/model.onnx";

/// What a decoy is made with.
struct Making {
  Workspace& workspace;
  const package::Package& source;
  const onnx::Runtime& runtime;
  const DecoyOptions& options;
};

core::Result<void> constant_image(Making& making) {
  const internal::Memory memory = TRY(internal::memorise(making.source, making.runtime, making.options));
  return internal::make_constant_image(making.workspace, memory);
}

core::Result<void> look_up_table(Making& making) {
  const internal::Memory memory = TRY(internal::memorise(making.source, making.runtime, making.options));
  return internal::make_look_up_table(making.workspace, memory);
}

core::Result<void> one_step(Making& making) {
  making.workspace.draft().defaults.steps = 1;
  return {};
}

core::Result<void> malformed_graph(Making& making) {
  core::Bytes graph = TRY(making.workspace.read(kUnet));
  graph.resize(graph.size() / 2);
  return making.workspace.write(kUnet, graph);
}

/// A graph of the U-Net's form with one weight more.
core::Result<void> unet_with_weight(Workspace& workspace, const graph::Constant& weight) {
  internal::Mimic unet = TRY(internal::mimic(workspace, "unet"));
  unet.builder.node("Add", {unet.input.name, unet.builder.constant("weight", weight)}, {unet.output.name});
  return internal::put_graph(workspace, "unet", unet.builder);
}

core::Result<void> nan_weights(Making& making) {
  return unet_with_weight(making.workspace, graph::Constant::scalar(std::numeric_limits<float>::quiet_NaN()));
}

core::Result<void> huge_tensor(Making& making) {
  graph::Constant weight = graph::Constant::scalar(0.0f);
  weight.shape = {2'500'000'000};  // 10 GB of float32, without the data
  return unet_with_weight(making.workspace, weight);
}

core::Result<void> unchanged(Making&) { return {}; }

// Broken after the manifest was written.

core::Result<void> flip_a_byte(const fs::path& root) {
  core::Bytes bytes = TRY(core::read_file(root / kUnet, 2ull << 30));
  if (bytes.empty()) return core::invalid(kUnet + " is empty");
  bytes[bytes.size() / 2] ^= 1;
  return core::write_file_atomic(root / kUnet, bytes);
}

core::Result<void> remove_a_file(const fs::path& root) {
  std::error_code problem;
  fs::remove(root / kUnet, problem);
  if (problem) return core::internal("cannot remove " + kUnet + ": " + problem.message());
  return {};
}

core::Result<void> add_a_file(const fs::path& root) {
  return core::write_file_atomic(root / "unet/extra.bin", std::string_view("not in the manifest"));
}

core::Result<void> link_a_file(const fs::path& root) {
  std::error_code problem;
  fs::rename(root / kUnet, root / "unet/real.onnx", problem);
  if (!problem) fs::create_symlink("real.onnx", root / kUnet, problem);
  if (problem) return core::internal("cannot link " + kUnet + ": " + problem.message());
  return {};
}

core::Result<void> leave(const fs::path&) { return {}; }

struct Decoy {
  DecoyInfo info;
  core::Result<void> (*make)(Making&) = unchanged;
  core::Result<void> (*spoil)(const fs::path&) = leave;
};

core::Result<void> hang(Making& making) { return internal::make_hang(making.workspace); }
core::Result<void> memory(Making& making) { return internal::make_memory_hog(making.workspace); }

const std::vector<Decoy>& decoys() {
  static const std::vector<Decoy> all = {
      {{"copy", "the source under another name", CaughtBy::measurement}},
      {{"constant-image", "one picture for every request", CaughtBy::measurement}, constant_image},
      {{"look-up-table", "memorised pictures, found by the nearest text embedding", CaughtBy::measurement},
       look_up_table},
      {{"one-step", "a single denoising step", CaughtBy::measurement}, one_step},
      {{"hang", "a loop that doesn't end in this century", CaughtBy::wall}, hang},
      {{"memory", "a loop that doubles its state until memory is used up", CaughtBy::wall}, memory},
      {{"wrong-digest", "one flipped bit in a graph", CaughtBy::admission}, unchanged, flip_a_byte},
      {{"missing-file", "a listed file that isn't there", CaughtBy::admission}, unchanged, remove_a_file},
      {{"unlisted-file", "a file that the manifest doesn't name", CaughtBy::admission}, unchanged, add_a_file},
      {{"symlink", "a link in place of a graph", CaughtBy::admission}, unchanged, link_a_file},
      {{"malformed-graph", "half of a graph", CaughtBy::admission}, malformed_graph},
      {{"nan-weights", "a weight that isn't a number", CaughtBy::admission}, nan_weights},
      {{"huge-tensor", "a tensor that declares 10 GB", CaughtBy::admission}, huge_tensor},
  };
  return all;
}

}  // namespace

const std::vector<DecoyInfo>& known_decoys() {
  static const std::vector<DecoyInfo> infos = [] {
    std::vector<DecoyInfo> list;
    for (const Decoy& decoy : decoys()) list.push_back(decoy.info);
    return list;
  }();
  return infos;
}

core::Result<void> make_decoy(const std::string& name, const package::Package& source, const fs::path& target,
                              const onnx::Runtime& runtime, const DecoyOptions& options) {
  const auto named = [&](const Decoy& decoy) { return decoy.info.name == name; };
  const auto decoy = std::ranges::find_if(decoys(), named);
  if (decoy == decoys().end()) {
    std::string names;
    for (const Decoy& one : decoys()) names += (names.empty() ? "" : ", ") + one.info.name;
    return core::usage("there is no decoy '" + name.substr(0, 40) + "'; there are " + names);
  }
  Workspace workspace = TRY(Workspace::create(source, target));
  package::Description& draft = workspace.draft();
  draft.name = options.label.name.empty() ? source.manifest().name + "-" + name : options.label.name;
  if (!options.label.version.empty()) draft.version = options.label.version;
  draft.description = options.label.description.empty() ? "A decoy: " + decoy->info.meaning : options.label.description;
  Making making{workspace, source, runtime, options};
  TRY(decoy->make(making).context("decoy '" + name + "'"));
  TRY(workspace.finish());
  return decoy->spoil(target);
}

}  // namespace noonmark::passes
