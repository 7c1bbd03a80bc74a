#pragma once

#include <memory>
#include <string>

#include <onnxruntime_c_api.h>

#include "base/core/result.h"
#include "model/onnx/data_type.h"
#include "model/onnx/runtime.h"

namespace noonmark::onnx {

/// The newest API that every supported library has (ONNX Runtime 1.21).
inline constexpr std::uint32_t kApiVersion = 21;

struct Runtime::State {
  const OrtApi* api = nullptr;  // constant after open()
  std::string version;
  std::filesystem::path library;
  std::vector<std::string> providers;
  OnRun on_run;
  OrtEnv* env = nullptr;            // owned
  OrtMemoryInfo* memory = nullptr;  // owned; plain memory of this process

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();

  /// Takes the status; null is success.
  core::Result<void> take(OrtStatus* status) const;
};

/// Owner of one of the library's objects.
template <class T>
class Handle {
 public:
  using Release = void (*)(T*);
  Handle() = default;
  Handle(T* object, Release release) : object_(object), release_(release) {}
  Handle(Handle&& other) noexcept : object_(std::exchange(other.object_, nullptr)), release_(other.release_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(object_, other.object_);
    std::swap(release_, other.release_);
    return *this;
  }
  ~Handle() {
    if (object_ != nullptr) release_(object_);
  }
  T* get() const { return object_; }

 private:
  T* object_ = nullptr;
  Release release_ = nullptr;
};

core::Result<DataType> from_ort(ONNXTensorElementDataType type);
ONNXTensorElementDataType to_ort(DataType type);

}  // namespace noonmark::onnx
