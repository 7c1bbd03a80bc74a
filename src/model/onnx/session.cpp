#include "model/onnx/session.h"

#include <algorithm>
#include <cstring>

#include "model/onnx/internal/options.h"

namespace noonmark::onnx {

struct Session::State {
  explicit State(const Runtime::State& borrowed) : runtime(borrowed) {}
  const Runtime::State& runtime;
  Handle<OrtSession> session;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  std::filesystem::path file;  // empty when opened from memory
};

struct Binding::State {
  explicit State(const Session::State& borrowed) : session(borrowed) {}
  const Session::State& session;
  Handle<OrtIoBinding> binding;
  // The binding keeps its own reference to each value; the memory is the caller's.
  std::map<std::string, TensorView> inputs;  // what the runtime's observer is shown
};

namespace {

constexpr std::size_t kMaxValues = 4096;  // inputs or outputs of one graph

const ValueInfo* find(const std::vector<ValueInfo>& values, std::string_view name) {
  const auto found = std::find_if(values.begin(), values.end(), [&](const ValueInfo& v) { return v.name == name; });
  return found == values.end() ? nullptr : &*found;
}

std::string describe(const ValueInfo& value) {
  std::string text = std::string(to_string(value.dtype)) + " [";
  for (std::size_t i = 0; i < value.shape.size(); ++i) {
    const Dimension& axis = value.shape[i];
    text += (i == 0 ? "" : ", ") + (axis.fixed() ? std::to_string(axis.size) : axis.symbol.empty() ? "?" : axis.symbol);
  }
  return text + "]";
}

core::Result<std::vector<Dimension>> read_shape(const Runtime::State& runtime, const OrtTensorTypeAndShapeInfo* info) {
  const OrtApi& api = *runtime.api;
  std::size_t rank = 0;
  TRY(runtime.take(api.GetDimensionsCount(info, &rank)));
  std::vector<std::int64_t> sizes(rank);
  std::vector<const char*> symbols(rank, "");
  TRY(runtime.take(api.GetDimensions(info, sizes.data(), rank)));
  TRY(runtime.take(api.GetSymbolicDimensions(info, symbols.data(), rank)));
  std::vector<Dimension> shape;
  for (std::size_t i = 0; i < rank; ++i) shape.push_back({sizes[i] < 0 ? -1 : sizes[i], symbols[i]});
  return shape;
}

core::Result<ValueInfo> read_value(const Runtime::State& runtime, const OrtSession* session, std::size_t index,
                                   bool is_input) {
  const OrtApi& api = *runtime.api;
  OrtAllocator* allocator = nullptr;
  TRY(runtime.take(api.GetAllocatorWithDefaultOptions(&allocator)));
  char* name = nullptr;
  TRY(runtime.take(is_input ? api.SessionGetInputName(session, index, allocator, &name)
                            : api.SessionGetOutputName(session, index, allocator, &name)));
  ValueInfo value;
  value.name = name;
  allocator->Free(allocator, name);
  OrtTypeInfo* raw = nullptr;
  TRY(runtime.take(is_input ? api.SessionGetInputTypeInfo(session, index, &raw)
                            : api.SessionGetOutputTypeInfo(session, index, &raw)));
  const Handle<OrtTypeInfo> type(raw, api.ReleaseTypeInfo);
  const OrtTensorTypeAndShapeInfo* info = nullptr;
  TRY(runtime.take(api.CastTypeInfoToTensorInfo(raw, &info)));
  if (info == nullptr) return core::invalid("\"" + value.name + "\" of the graph is not a tensor");
  ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  TRY(runtime.take(api.GetTensorElementType(info, &element)));
  value.dtype = TRY(from_ort(element).context("\"" + value.name + "\" of the graph"));
  value.shape = TRY(read_shape(runtime, info));
  return value;
}

core::Result<std::vector<ValueInfo>> read_values(const Runtime::State& runtime, const OrtSession* session,
                                                 bool inputs) {
  const OrtApi& api = *runtime.api;
  std::size_t count = 0;
  TRY(runtime.take(inputs ? api.SessionGetInputCount(session, &count) : api.SessionGetOutputCount(session, &count)));
  if (count > kMaxValues) return core::exhausted("the graph has " + std::to_string(count) + " inputs or outputs");
  std::vector<ValueInfo> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(TRY(read_value(runtime, session, i, inputs)));
  return values;
}

core::Result<Handle<OrtValue>> wrap(const Runtime::State& runtime, const TensorView& buffer) {
  OrtValue* value = nullptr;
  TRY(runtime.take(runtime.api->CreateTensorWithDataAsOrtValue(runtime.memory, buffer.bytes.data(), buffer.bytes.size(),
                                                               buffer.shape.data(), buffer.shape.size(),
                                                               to_ort(buffer.dtype), &value)));
  return Handle<OrtValue>(value, runtime.api->ReleaseValue);
}

core::Result<void> check_fits(const ValueInfo* value, const std::string& name, const TensorView& buffer) {
  if (value == nullptr) return core::invalid("the graph has no input or output \"" + name + "\"");
  bool fits = value->dtype == buffer.dtype && value->shape.size() == buffer.shape.size();
  for (std::size_t i = 0; fits && i < buffer.shape.size(); ++i) {
    fits = !value->shape[i].fixed() || value->shape[i].size == buffer.shape[i];
  }
  if (fits) return {};
  return core::invalid("\"" + name + "\" of the graph is " + describe(*value) + ", but a buffer of " +
                       std::string(to_string(buffer.dtype)) + " " + to_string(buffer.shape) + " was given");
}

core::Result<Tensor> copy_out(const Runtime::State& runtime, OrtValue* value) {
  const OrtApi& api = *runtime.api;
  OrtTensorTypeAndShapeInfo* raw = nullptr;
  TRY(runtime.take(api.GetTensorTypeAndShape(value, &raw)));
  const Handle<OrtTensorTypeAndShapeInfo> info(raw, api.ReleaseTensorTypeAndShapeInfo);
  ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  TRY(runtime.take(api.GetTensorElementType(raw, &element)));
  std::size_t rank = 0;
  TRY(runtime.take(api.GetDimensionsCount(raw, &rank)));
  Shape shape(rank);
  TRY(runtime.take(api.GetDimensions(raw, shape.data(), rank)));
  const DataType dtype = TRY(from_ort(element));
  Tensor copy = TRY(Tensor::create(dtype, std::move(shape)));
  void* data = nullptr;
  TRY(runtime.take(api.GetTensorMutableData(value, &data)));
  if (copy.byte_count() > 0) std::memcpy(copy.view().bytes.data(), data, copy.byte_count());
  return copy;
}

using OpenGraph = std::function<OrtStatus*(const OrtSessionOptions*, OrtSession**)>;

core::Result<std::unique_ptr<Session>> open_with(const Runtime::State& runtime, const SessionSettings& settings,
                                                 const OpenGraph& open_graph) {
  const Handle<OrtSessionOptions> options = TRY(make_options(runtime, settings));
  OrtSession* raw = nullptr;
  TRY(runtime.take(open_graph(options.get(), &raw)));
  auto state = std::make_unique<Session::State>(runtime);
  state->session = Handle<OrtSession>(raw, runtime.api->ReleaseSession);
  state->inputs = TRY(read_values(runtime, raw, true));
  state->outputs = TRY(read_values(runtime, raw, false));
  return std::make_unique<Session>(std::move(state));
}

}  // namespace

core::Result<std::unique_ptr<Session>> Session::open(const Runtime& runtime, const std::filesystem::path& graph,
                                                     const SessionSettings& settings) {
  const Runtime::State& vendor = runtime.state();
  const auto create = [&](const OrtSessionOptions* options, OrtSession** session) {
    return vendor.api->CreateSession(vendor.env, graph.c_str(), options, session);
  };
  std::unique_ptr<Session> session =
      TRY(open_with(vendor, settings, create).context("while opening " + graph.string()));
  session->state_->file = graph;
  return session;
}

core::Result<std::unique_ptr<Session>> Session::open(const Runtime& runtime, core::ByteView graph,
                                                     const SessionSettings& settings) {
  const Runtime::State& vendor = runtime.state();
  return open_with(vendor, settings, [&](const OrtSessionOptions* options, OrtSession** session) {
    return vendor.api->CreateSessionFromArray(vendor.env, graph.data(), graph.size(), options, session);
  });
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::~Session() = default;
const std::vector<ValueInfo>& Session::inputs() const { return state_->inputs; }
const std::vector<ValueInfo>& Session::outputs() const { return state_->outputs; }
const ValueInfo* Session::input(std::string_view name) const { return find(state_->inputs, name); }
const ValueInfo* Session::output(std::string_view name) const { return find(state_->outputs, name); }

core::Result<std::unique_ptr<Binding>> Session::bind() const {
  const Runtime::State& runtime = state_->runtime;
  OrtIoBinding* raw = nullptr;
  TRY(runtime.take(runtime.api->CreateIoBinding(state_->session.get(), &raw)));
  auto state = std::make_unique<Binding::State>(*state_);
  state->binding = Handle<OrtIoBinding>(raw, runtime.api->ReleaseIoBinding);
  return std::make_unique<Binding>(std::move(state));
}

core::Result<std::vector<Tensor>> Session::run(const std::vector<std::pair<std::string, TensorView>>& inputs,
                                               const std::vector<std::string>& outputs) const {
  const Runtime::State& runtime = state_->runtime;
  std::vector<const char*> input_names, output_names;
  std::vector<Handle<OrtValue>> values;
  std::vector<const OrtValue*> raw_inputs;
  for (const auto& [name, buffer] : inputs) {
    TRY(check_fits(input(name), name, buffer));
    values.push_back(TRY(wrap(runtime, buffer)));
    raw_inputs.push_back(values.back().get());
    input_names.push_back(name.c_str());
  }
  for (const std::string& name : outputs) {
    if (output(name) == nullptr) return core::invalid("the graph has no output \"" + name + "\"");
    output_names.push_back(name.c_str());
  }
  std::vector<OrtValue*> raw_outputs(outputs.size(), nullptr);
  const core::Result<void> ran =
      runtime.take(runtime.api->Run(state_->session.get(), nullptr, input_names.data(), raw_inputs.data(),
                                    raw_inputs.size(), output_names.data(), output_names.size(), raw_outputs.data()));
  std::vector<Handle<OrtValue>> results;
  for (OrtValue* value : raw_outputs) results.emplace_back(value, runtime.api->ReleaseValue);
  TRY(core::Result<void>(ran));
  std::vector<Tensor> copies;
  for (const Handle<OrtValue>& value : results) copies.push_back(TRY(copy_out(runtime, value.get())));
  return copies;
}

Binding::Binding(std::unique_ptr<State> state) : state_(std::move(state)) {}
Binding::~Binding() = default;

core::Result<void> Binding::input(const std::string& name, const TensorView& buffer) {
  const Session::State& session = state_->session;
  TRY(check_fits(find(session.inputs, name), name, buffer));
  const Handle<OrtValue> value = TRY(wrap(session.runtime, buffer));
  if (session.runtime.on_run) state_->inputs.insert_or_assign(name, buffer);
  return session.runtime.take(session.runtime.api->BindInput(state_->binding.get(), name.c_str(), value.get()));
}

core::Result<void> Binding::output(const std::string& name, const TensorView& buffer) {
  const Session::State& session = state_->session;
  TRY(check_fits(find(session.outputs, name), name, buffer));
  const Handle<OrtValue> value = TRY(wrap(session.runtime, buffer));
  return session.runtime.take(session.runtime.api->BindOutput(state_->binding.get(), name.c_str(), value.get()));
}

core::Result<void> Binding::run() {
  const Session::State& session = state_->session;
  if (session.runtime.on_run) session.runtime.on_run(session.file, state_->inputs);
  return session.runtime.take(
      session.runtime.api->RunWithBinding(session.session.get(), nullptr, state_->binding.get()));
}

}  // namespace noonmark::onnx
