// What the pipeline costs beyond the ONNX Runtime calls that it makes: cpu time of one image through the pipeline
// against the bare calls (one text encoding, a U-Net pass per step, one decoding) on buffers of the same shapes, one
// thread, taking turns in the order ABBA inside one process. One launch gives one ratio, the median over its pairs.
//
//   perf_pipeline_overhead PACKAGE [--launches 5] [--pairs 12]     (Stable Diffusion's layout)
#include <iostream>

#include "base/core/random.h"
#include "child_process.h"
#include "model/onnx/session.h"
#include "model/pipelines/pipeline.h"
#include "package_with_threads.h"
#include "turns.h"

namespace {

using namespace noonmark;

/// A graph with every input and output bound to a buffer of its own; free dimensions are the batch.
struct Bare {
  std::unique_ptr<onnx::Session> session;
  std::vector<onnx::Tensor> buffers;
  std::unique_ptr<onnx::Binding> binding;
};

core::Result<Bare> open_bare(const package::Package& package, const onnx::Runtime& runtime, const std::string& part,
                             std::int64_t batch) {
  core::Philox noise(1);
  Bare bare;
  onnx::SessionSettings settings;
  if (const auto found = package.manifest().runtime.free_dimensions.find(part);
      found != package.manifest().runtime.free_dimensions.end()) {
    settings.free_dimensions = found->second;
  }
  bare.session = TRY(onnx::Session::open(runtime, package.file(part + "/model.onnx"), settings));
  bare.binding = TRY(bare.session->bind());
  std::vector<std::pair<std::string, onnx::TensorView>> inputs;
  for (const onnx::ValueInfo& value : bare.session->inputs()) {
    onnx::Shape shape;
    for (const onnx::Dimension& axis : value.shape) shape.push_back(axis.fixed() ? axis.size : batch);
    bare.buffers.push_back(TRY(onnx::Tensor::create(value.dtype, shape)));
    inputs.emplace_back(value.name, bare.buffers.back().view());
    if (value.dtype == onnx::DataType::float32) {
      for (float& number : bare.buffers.back().values<float>()) number = static_cast<float>(noise.normal());
    }
    TRY(bare.binding->input(value.name, inputs.back().second));
  }
  std::vector<std::string> names;
  for (const onnx::ValueInfo& value : bare.session->outputs()) names.push_back(value.name);
  // A first run tells the outputs' shapes.
  std::vector<onnx::Tensor> outputs = TRY(bare.session->run(inputs, names));
  for (std::size_t i = 0; i < names.size(); ++i) {
    TRY(bare.binding->output(names[i], outputs[i].view()));
    bare.buffers.push_back(std::move(outputs[i]));
  }
  return bare;
}

core::Result<double> median_ratio(const std::string& root, int pairs) {
  const perf::ChangedPackage changed = TRY(perf::open_with_threads(root, 1));
  const std::unique_ptr<onnx::Runtime> runtime = TRY(onnx::Runtime::open());
  const std::unique_ptr<pipelines::Pipeline> pipeline = TRY(pipelines::open_pipeline(changed.package, *runtime));
  const Bare text = TRY(open_bare(changed.package, *runtime, "text_encoder", 1));
  const Bare unet = TRY(open_bare(changed.package, *runtime, "unet", 2));
  const Bare vae = TRY(open_bare(changed.package, *runtime, "vae_decoder", 1));
  const int steps = changed.package.manifest().defaults.steps;
  pipelines::ImageRequest request;
  request.prompt = perf::kPrompt;
  const auto whole = [&]() -> core::Result<double> {
    const double start = perf::cpu_ns();
    TRY(pipeline->generate(request, {}));
    return perf::cpu_ns() - start;
  };
  const auto bare = [&]() -> core::Result<double> {
    const double start = perf::cpu_ns();
    TRY(text.binding->run());
    for (int step = 0; step < steps; ++step) TRY(unet.binding->run());
    TRY(vae.binding->run());
    return perf::cpu_ns() - start;
  };
  std::vector<stats::Pair> times;
  for (int pair = -1; pair < pairs; ++pair) {
    const bool first = pair % 2 == 0;
    const double a = TRY(first ? whole() : bare());
    const double b = TRY(first ? bare() : whole());
    if (pair >= 0) times.push_back(first ? stats::Pair{a, b} : stats::Pair{b, a});
    ++request.seed;
  }
  return stats::median_of_ratios(times).value_or(0);
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  const std::string package = arguments.empty() ? "" : arguments[0], pairs = perf::option(arguments, "pairs", "12");
  if (package.empty()) {
    std::cerr << "usage: perf_pipeline_overhead PACKAGE [--launches 5] [--pairs 12]\n";
    return 2;
  }
  if (perf::option(arguments, "launch", "") == "yes") {
    const auto ratio = median_ratio(package, std::atoi(pairs.c_str()));
    if (!ratio.ok()) std::cerr << ratio.error().message << "\n";
    std::printf("%.9f\n", ratio.value_or(0));
    return ratio.ok() ? 0 : 3;
  }
  std::vector<double> launches;
  for (int i = 0; i < std::atoi(perf::option(arguments, "launches", "5").c_str()); ++i) {
    perf::ChildProcess child({words[0], package, "--pairs", pairs, "--launch", "yes"});
    const auto answer = child.ask("");
    if (!answer || std::strtod(answer->c_str(), nullptr) <= 0) return 3;
    launches.push_back(std::strtod(answer->c_str(), nullptr));
  }
  const codec::Json result =
      perf::result_json("pipeline_overhead", launches, "cpu time of the bare ONNX Runtime calls", 1.01, true);
  std::printf("%s\n", codec::write_json(result).c_str());
  return 0;
}
