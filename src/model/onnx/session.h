#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "model/onnx/runtime.h"
#include "model/onnx/tensor.h"

namespace noonmark::onnx {

enum class Optimization { disabled, basic, extended, all };

struct SessionSettings {
  int intra_op_threads = 1;  ///< threads that share one operator, the calling one included; 0 = one per core
  int inter_op_threads = 1;  ///< threads for independent operators, used when parallel_execution
  bool parallel_execution = false;
  Optimization optimization = Optimization::all;
  std::string execution_provider = "cpu";               ///< "cpu", "cuda", "tensorrt" or "coreml"
  std::map<std::string, std::int64_t> free_dimensions;  ///< symbolic dimension → its fixed size
  bool spinning = false;       ///< idle threads poll instead of sleeping: faster alone, much slower beside neighbours
  bool memory_pattern = true;  ///< plan all buffers of a run in one block; pays when shapes repeat
  bool memory_arena = true;    ///< keep freed memory for the next run
  std::filesystem::path optimized_model;  ///< when set, the optimised graph is written there while opening
};

/// One axis of an input or output: a fixed size, or a symbol (possibly empty) whose size each run decides.
struct Dimension {
  std::int64_t size = -1;  ///< -1 when not fixed
  std::string symbol;
  bool fixed() const { return size >= 0; }
};

/// What a graph takes or gives.
struct ValueInfo {
  std::string name;
  DataType dtype = DataType::float32;
  std::vector<Dimension> shape;
};

class Binding;

/// A graph, loaded and optimised for one execution provider.
///
/// Owner:   the caller; the Runtime must outlive it.
/// Threads: const methods, and runs of different Bindings, may happen at the same time.
class Session {
 public:
  /// Opens the file; tensors in external files are found beside it.
  /// Fails: not_found, invalid (not a graph, operators unknown, inputs that are no tensors, bad settings), unavailable
  /// (the library has no such execution provider; the message lists those that it has), internal.
  static core::Result<std::unique_ptr<Session>> open(const Runtime& runtime, const std::filesystem::path& graph,
                                                     const SessionSettings& settings = {});
  /// The same for a graph in memory, without external tensors.
  static core::Result<std::unique_ptr<Session>> open(const Runtime& runtime, core::ByteView graph,
                                                     const SessionSettings& settings = {});
  ~Session();

  const std::vector<ValueInfo>& inputs() const;
  const std::vector<ValueInfo>& outputs() const;
  /// Null when there is none of that name.
  const ValueInfo* input(std::string_view name) const;
  const ValueInfo* output(std::string_view name) const;

  /// A place to bind buffers once and run many times.
  core::Result<std::unique_ptr<Binding>> bind() const;

  /// One run without preparation: copies the wanted outputs into fresh tensors, in the order of `outputs`.
  /// Fails: invalid (unknown name, wrong type or shape), exhausted (an output above 4 GiB), internal.
  core::Result<std::vector<Tensor>> run(const std::vector<std::pair<std::string, TensorView>>& inputs,
                                        const std::vector<std::string>& outputs) const;

  /// For this folder only.
  struct State;
  explicit Session(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

/// Buffers bound to a session's inputs and outputs: run() reads and writes them in place, nothing is copied between
/// runs.
///
/// Owner:   the caller; Session and bound memory must outlive it.
/// Threads: one at a time.
class Binding {
 public:
  ~Binding();
  /// Binds the buffer; its content may change between runs. Binding a name again replaces the old buffer.
  /// Fails: invalid (unknown name, wrong element type or rank, or a fixed dimension that differs).
  core::Result<void> input(const std::string& name, const TensorView& buffer);
  core::Result<void> output(const std::string& name, const TensorView& buffer);
  /// Fails: invalid (an input without buffer, shapes that the graph refuses), internal.
  core::Result<void> run();

  /// For this folder only.
  struct State;
  explicit Binding(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

}  // namespace noonmark::onnx
