#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "model/onnx/tensor.h"

namespace noonmark::onnx {

/// A graph's file (empty when it was opened from memory) and the buffers bound to its inputs, just before a run of a
/// Binding. Called from the thread that runs. For calibration: the buffers hold what the model is about to see.
using OnRun = std::function<void(const std::filesystem::path& graph, const std::map<std::string, TensorView>& inputs)>;

struct RuntimeSettings {
  /// The shared library to load; empty: the one that this program was built for.
  std::filesystem::path library;
  /// Leaves the library's telemetry as its makers ship it. Exists so that a test can show that the switch matters.
  bool keep_vendor_telemetry = false;
  /// Sees every run of a Binding; empty: nobody looks.
  OnRun on_run = {};
};

/// ONNX Runtime, loaded once per process: library, environment, names of its execution providers.
///
/// Some builds of the library write telemetry into the user's home as soon as an environment exists. open() therefore
/// sets ORT_DISABLE_TELEMETRY=1 and only then loads the library.
/// Owner:   the program; it must outlive every Session.
/// Threads: open() sets an environment variable: call it while no other thread reads the environment. The rest: any.
class Runtime {
 public:
  /// Fails: unavailable (library missing or too old; the message says which and how to get it).
  static core::Result<std::unique_ptr<Runtime>> open(const RuntimeSettings& settings = {});
  ~Runtime();

  /// "1.30.0".
  std::string version() const;
  /// The loaded file, for whoever has to let a sandbox see it.
  const std::filesystem::path& library() const;
  /// Lower-case names without suffix: "cpu", "cuda", "tensorrt", "coreml" …
  const std::vector<std::string>& execution_providers() const;

  /// For this folder only.
  struct State;
  explicit Runtime(std::unique_ptr<State> state);
  State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

}  // namespace noonmark::onnx
