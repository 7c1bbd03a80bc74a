#include "model/passes/internal/calibration.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>

#include "model/graph/rewrite.h"
#include "model/onnx/session.h"
#include "model/pipelines/pipeline.h"

namespace noonmark::passes::internal {
namespace {

constexpr std::uint64_t kFirstSeed = 900'000;  // far from the seeds that tests and contests like

const std::vector<std::string>& built_in_prompts() {
  static const std::vector<std::string> prompts = {"a red apple on a white background",
                                                   "a smiling face, yellow background",
                                                   "a rocket flying through the night sky",
                                                   "a cat sitting on a green chair",
                                                   "a house by the sea, blue background",
                                                   "a slice of pizza on a plate",
                                                   "a bicycle in front of a brick wall",
                                                   "a bouquet of flowers, pink background",
                                                   "a snowy mountain at sunrise",
                                                   "an old book and a cup of coffee",
                                                   "a penguin on ice, orange background",
                                                   "a city street in the rain at night",
                                                   "a portrait of a dog wearing sunglasses",
                                                   "a guitar leaning on a purple wall",
                                                   "a sailing boat on a calm lake",
                                                   "a robot made of colourful blocks"};
  return prompts;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line(text.substr(at, end - at));
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty() && line.front() != '#') lines.push_back(std::move(line));
    at = end + 1;
  }
  return lines;
}

/// The widest range seen so far.
struct Widest {
  graph::Range range{0, 0};
  void add(const graph::Range& more) {
    range.low = std::min(range.low, more.low);
    range.high = std::max(range.high, more.high);
  }
};

/// Watches one part.
class Watch {
 public:
  Watch(std::unique_ptr<onnx::Session> session, std::vector<std::string> names, const CalibrationSettings& settings)
      : session_(std::move(session)), names_(std::move(names)), settings_(settings) {}

  core::Result<void> see(const std::map<std::string, onnx::TensorView>& inputs) {
    const std::vector<std::pair<std::string, onnx::TensorView>> given(inputs.begin(), inputs.end());
    for (const auto& [name, view] : inputs) {
      if (view.dtype == onnx::DataType::float32) TRY(add(name, view.values<float>()));
    }
    if (names_.empty()) return {};
    const std::vector<onnx::Tensor> outputs = TRY(session_->run(given, names_));
    for (std::size_t k = 0; k < names_.size(); ++k) {
      if (outputs[k].dtype() == onnx::DataType::float32) TRY(add(names_[k], outputs[k].values<float>()));
    }
    return {};
  }

  std::map<std::string, graph::Range> ranges() const {
    std::map<std::string, graph::Range> all;
    for (const auto& [name, widest] : widest_) all[name] = widest.range;
    return all;
  }

 private:
  core::Result<void> add(const std::string& name, std::span<const float> values) {
    if (values.empty()) return {};
    const auto [low, high] = std::ranges::minmax_element(values);
    graph::Range range{*low, *high};
    if (!std::isfinite(range.low) || !std::isfinite(range.high)) {
      return core::corrupt("the model gave values that aren't numbers while calibrating '" + name + "'");
    }
    if (settings_.percentile) range = quantiles(values);
    widest_[name].add(range);
    return {};
  }

  /// The range without the outermost values on either side.
  graph::Range quantiles(std::span<const float> values) {
    scratch_.assign(values.begin(), values.end());
    const auto last = static_cast<double>(scratch_.size() - 1);
    const auto cut = static_cast<std::ptrdiff_t>(std::llround((1 - settings_.share) * last));
    const auto low = scratch_.begin() + cut, high = scratch_.end() - 1 - cut;
    std::nth_element(scratch_.begin(), low, scratch_.end());
    const float least = *low;
    std::nth_element(scratch_.begin(), high, scratch_.end());
    return {least, *high};
  }

  std::unique_ptr<onnx::Session> session_;
  std::vector<std::string> names_;
  const CalibrationSettings& settings_;
  std::map<std::string, Widest> widest_;
  std::vector<float> scratch_;
};

core::Result<Watch> make_watch(Context& context, const std::string& part, const CalibrationSettings& settings) {
  const std::string path = Workspace::graph_of(part);
  const core::Bytes graph = TRY(context.workspace.read(path));
  std::vector<std::string> names = TRY(graph::observed_values(graph, settings.quantize).context(path));
  const core::Bytes tapped = TRY(graph::expose_outputs(graph, names).context(path));
  onnx::SessionSettings session_settings;
  session_settings.optimization = onnx::Optimization::basic;
  std::unique_ptr<onnx::Session> session =
      TRY(onnx::Session::open(context.runtime, core::ByteView(tapped), session_settings));
  return Watch(std::move(session), std::move(names), settings);
}

/// The package as it stands, on one thread and the CPU, whatever it asks for.
core::Result<package::Package> open_for_calibration(Context& context) {
  package::Description& draft = context.workspace.draft();
  const package::RuntimeSettings wanted = draft.runtime;
  draft.runtime.intra_op_threads = 1;
  draft.runtime.execution_provider = "cpu";
  core::Result<package::Package> opened = context.workspace.open();
  draft.runtime = wanted;
  return opened;
}

}  // namespace

core::Result<std::vector<std::string>> calibration_prompts(const Context& context, int count) {
  std::vector<std::string> source = context.options.prompts;
  if (source.empty() && context.workspace.has("prompts.txt")) {
    const core::Bytes text = TRY(context.workspace.read("prompts.txt"));
    source = lines_of(core::as_text(text));
  }
  if (source.empty()) source = built_in_prompts();
  std::vector<std::string> prompts;
  for (int k = 0; k < count; ++k) prompts.push_back(source[static_cast<std::size_t>(k) % source.size()]);
  return prompts;
}

core::Result<Ranges> calibrate(Context& context, const CalibrationSettings& settings) {
  std::map<std::string, Watch> watches;
  for (const std::string& part : settings.parts) {
    watches.emplace(part, TRY(make_watch(context, part, settings)));
  }
  std::mutex mutex;
  std::optional<core::Error> failure;
  onnx::RuntimeSettings observed;
  observed.library = context.runtime.library();
  observed.on_run = [&](const std::filesystem::path& graph, const std::map<std::string, onnx::TensorView>& inputs) {
    const std::lock_guard lock(mutex);
    const auto watch = watches.find(graph.parent_path().filename().string());
    if (watch == watches.end() || failure) return;
    if (const auto seen = watch->second.see(inputs); !seen.ok()) failure = seen.error();
  };
  const std::unique_ptr<onnx::Runtime> runtime = TRY(onnx::Runtime::open(observed));
  const package::Package package = TRY(open_for_calibration(context));
  const std::unique_ptr<pipelines::Pipeline> pipeline = TRY(pipelines::open_pipeline(package, *runtime));
  const std::vector<std::string> prompts = TRY(calibration_prompts(context, settings.prompts));
  for (int k = 0; k < settings.prompts; ++k) {
    if (context.progress) context.progress(k, settings.prompts);
    pipelines::ImageRequest request;
    request.prompt = prompts[static_cast<std::size_t>(k)];
    request.seed = kFirstSeed + static_cast<std::uint64_t>(k);
    request.steps = settings.steps;
    TRY(pipeline->generate(request, {}));
    if (failure) return *failure;
  }
  Ranges ranges;
  for (const auto& [part, watch] : watches) ranges[part] = watch.ranges();
  return ranges;
}

}  // namespace noonmark::passes::internal
