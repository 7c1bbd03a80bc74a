#pragma once

#include <string>
#include <vector>

#include "model/graph/build.h"
#include "model/graph/inspect.h"
#include "model/image/image.h"
#include "model/onnx/runtime.h"
#include "model/package/package.h"
#include "model/passes/decoys.h"
#include "model/passes/internal/workspace.h"

namespace noonmark::passes::internal {

/// A builder with the inputs and the output that the source's graph declares, so that the pipeline accepts what is
/// built in its place.
struct Mimic {
  graph::Builder builder;
  graph::Value input;  ///< the picture-shaped input: sample or latent_sample
  graph::Value output;
};
core::Result<Mimic> mimic(const Workspace& workspace, const std::string& part);

/// Writes the built graph as the part's model.
core::Result<void> put_graph(Workspace& workspace, const std::string& part, const graph::Builder& builder);

/// Pictures of the source with what its U-Net was told for each.
struct Memory {
  std::vector<image::Image> images;
  std::vector<std::vector<float>> keys;  ///< text embedding of the prompt's row, flat
};
core::Result<Memory> memorise(const package::Package& source, const onnx::Runtime& runtime,
                              const DecoyOptions& options);

// Each rewrites graphs in the workspace so that the package still runs.
core::Result<void> make_constant_image(Workspace& workspace, const Memory& memory);
core::Result<void> make_look_up_table(Workspace& workspace, const Memory& memory);
core::Result<void> make_hang(Workspace& workspace);
core::Result<void> make_memory_hog(Workspace& workspace);

}  // namespace noonmark::passes::internal
