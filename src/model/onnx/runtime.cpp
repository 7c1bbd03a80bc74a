#include "model/onnx/runtime.h"

#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/core/files.h"
#include "model/onnx/internal/api.h"

namespace noonmark::onnx {
namespace {

core::ErrorKind kind_of(OrtErrorCode code) {
  switch (code) {
    case ORT_NO_SUCHFILE:
      return core::ErrorKind::not_found;
    case ORT_INVALID_ARGUMENT:
    case ORT_NO_MODEL:
    case ORT_INVALID_PROTOBUF:
    case ORT_INVALID_GRAPH:
    case ORT_NOT_IMPLEMENTED:
      return core::ErrorKind::invalid;
    case ORT_EP_FAIL:
      return core::ErrorKind::unavailable;
    default:
      return core::ErrorKind::internal;
  }
}

/// While it lives, what anybody writes to stderr is dropped.
class QuietStderr {
 public:
  QuietStderr() : before_(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) {
    const core::UniqueFd nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
    if (before_.valid() && nowhere.valid()) dup2(nowhere.get(), STDERR_FILENO);
  }
  ~QuietStderr() {
    if (before_.valid()) dup2(before_.get(), STDERR_FILENO);
  }
  QuietStderr(const QuietStderr&) = delete;
  QuietStderr& operator=(const QuietStderr&) = delete;

 private:
  core::UniqueFd before_;
};

/// "CUDAExecutionProvider" -> "cuda".
std::string short_name(std::string_view provider) {
  constexpr std::string_view kSuffix = "ExecutionProvider";
  if (provider.ends_with(kSuffix)) provider.remove_suffix(kSuffix.size());
  std::string name(provider);
  for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return name;
}

core::Result<void> list_providers(Runtime::State& state) {
  char** names = nullptr;
  int count = 0;
  TRY(state.take(state.api->GetAvailableProviders(&names, &count)));
  for (int i = 0; i < count; ++i) state.providers.push_back(short_name(names[i]));
  return state.take(state.api->ReleaseAvailableProviders(names, count));
}

core::Result<const OrtApi*> load(Runtime::State& state) {
  // Never unloaded: the library keeps threads and static objects of its own.
  void* library = dlopen(state.library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = dlerror();
    return core::unavailable("cannot load ONNX Runtime from " + state.library.string() + ": " +
                             (why != nullptr ? why : "unknown reason") + "; scripts/setup installs it");
  }
  using GetApiBase = const OrtApiBase* (*)();
  const auto get_base = reinterpret_cast<GetApiBase>(dlsym(library, "OrtGetApiBase"));
  if (get_base == nullptr) return core::unavailable(state.library.string() + " is not ONNX Runtime");
  const OrtApiBase* base = get_base();
  state.version = base->GetVersionString();
  const OrtApi* api = base->GetApi(kApiVersion);
  if (api == nullptr) {
    return core::unavailable("ONNX Runtime " + state.version + " is too old: at least 1." +
                             std::to_string(kApiVersion) + " is needed");
  }
  return api;
}

/// b = Identity(a), one float; IR version 8, opset 13.
constexpr std::string_view kIdentityGraph(
    "\x08\x08\x3a\x37\x0a\x10\x0a\x01"
    "a\x12\x01"
    "b\x22\x08"
    "Identity\x12\x01gZ\x0f\x0a\x01"
    "a\x12\x0a\x0a\x08"
    "\x08\x01\x12\x04\x0a\x02\x08\x01"
    "b\x0f\x0a\x01"
    "b\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01"
    "B\x04\x0a\x00\x10\x0d",
    65);

/// The first session of a process registers the operators' schemas, and Debian 13's library then says a hundred times
/// that libonnx had registered them already. This one takes the noise; what really fails arrives as a status.
core::Result<void> register_schemas(const Runtime::State& state) {
  const QuietStderr quiet;
  OrtSessionOptions* options = nullptr;
  TRY(state.take(state.api->CreateSessionOptions(&options)));
  OrtSession* session = nullptr;
  auto made = state.take(state.api->SetIntraOpNumThreads(options, 1));  // or it would start a thread for each core
  if (made.ok()) {
    made = state.take(
        state.api->CreateSessionFromArray(state.env, kIdentityGraph.data(), kIdentityGraph.size(), options, &session));
  }
  if (session != nullptr) state.api->ReleaseSession(session);
  state.api->ReleaseSessionOptions(options);
  return made;
}

}  // namespace

Runtime::State::~State() {
  if (memory != nullptr) api->ReleaseMemoryInfo(memory);
  if (env != nullptr) api->ReleaseEnv(env);
}

core::Result<void> Runtime::State::take(OrtStatus* status) const {
  if (status == nullptr) return {};
  const core::Error failure = core::error(kind_of(api->GetErrorCode(status)), api->GetErrorMessage(status));
  api->ReleaseStatus(status);
  return failure.with_context("ONNX Runtime");
}

core::Result<std::unique_ptr<Runtime>> Runtime::open(const RuntimeSettings& settings) {
  auto state = std::make_unique<State>();
  state->library = settings.library.empty() ? std::filesystem::path(NOONMARK_ONNXRUNTIME) : settings.library;
  state->on_run = settings.on_run;
  if (settings.keep_vendor_telemetry) {
    unsetenv("ORT_DISABLE_TELEMETRY");
  } else if (setenv("ORT_DISABLE_TELEMETRY", "1", 1) != 0) {
    return core::internal("cannot set ORT_DISABLE_TELEMETRY");
  }
  state->api = TRY(load(*state));
  TRY(list_providers(*state));
  // Failures arrive as statuses; the library's own log would only repeat them on stderr.
  TRY(state->take(state->api->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "noonmark", &state->env)));
  TRY(register_schemas(*state).context("a first session"));
  TRY(state->take(state->api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &state->memory)));
  return std::make_unique<Runtime>(std::move(state));
}

Runtime::Runtime(std::unique_ptr<State> state) : state_(std::move(state)) {}
Runtime::~Runtime() = default;
std::string Runtime::version() const { return state_->version; }
const std::filesystem::path& Runtime::library() const { return state_->library; }
const std::vector<std::string>& Runtime::execution_providers() const { return state_->providers; }

namespace {
struct Pair {
  DataType ours;
  ONNXTensorElementDataType theirs;
};
constexpr Pair kTypes[] = {
    {DataType::float32, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT},
    {DataType::float16, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16},
    {DataType::bfloat16, ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16},
    {DataType::float64, ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE},
    {DataType::int64, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64},
    {DataType::int32, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32},
    {DataType::int16, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16},
    {DataType::int8, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8},
    {DataType::uint64, ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64},
    {DataType::uint32, ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32},
    {DataType::uint16, ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16},
    {DataType::uint8, ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8},
    {DataType::boolean, ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL},
};
}  // namespace

core::Result<DataType> from_ort(ONNXTensorElementDataType type) {
  for (const Pair& pair : kTypes) {
    if (pair.theirs == type) return pair.ours;
  }
  return core::invalid("element type " + std::to_string(static_cast<int>(type)) + " is not supported");
}

ONNXTensorElementDataType to_ort(DataType type) {
  for (const Pair& pair : kTypes) {
    if (pair.ours == type) return pair.theirs;
  }
  CHECK(false, "not a data type");
}

}  // namespace noonmark::onnx
