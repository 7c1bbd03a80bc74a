// Makes images when told: `perf_pipeline PACKAGE THREADS` answers each line "SEED COUNT" with "WALL_NS CPU_NS" after
// making COUNT images in one request, and "show SEED" with the pixels of one as hexadecimal text. The counterpart in
// JavaScript is onnxruntime_node/pipeline.mjs.
#include <cstdlib>
#include <iostream>

#include "base/codec/text.h"
#include "model/pipelines/pipeline.h"
#include "package_with_threads.h"
#include "turns.h"

namespace {

using namespace noonmark;

int serve(pipelines::Pipeline& pipeline) {
  std::string word;
  int count = 0;
  while (std::cin >> word >> count) {
    pipelines::ImageRequest request;
    request.prompt = perf::kPrompt;
    request.n = word == "show" ? 1 : count;
    request.seed = word == "show" ? static_cast<std::uint64_t>(count) : std::strtoull(word.c_str(), nullptr, 10);
    const double wall = perf::wall_ns(), cpu = perf::cpu_ns();
    const auto images = pipeline.generate(request, {});
    if (!images.ok()) {
      std::cerr << images.error().message << "\n";
      return 3;
    }
    if (word == "show") {
      std::printf("%s\n", codec::hex(images->front().pixels).c_str());
    } else {
      std::printf("%.0f %.0f\n", perf::wall_ns() - wall, perf::cpu_ns() - cpu);
    }
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::cerr << "usage: perf_pipeline PACKAGE THREADS\n";
    return 2;
  }
  const auto package = perf::open_with_threads(arguments[1], std::atoi(arguments[2]));
  const auto runtime = onnx::Runtime::open();
  if (!package.ok() || !runtime.ok()) {
    std::cerr << (package.ok() ? runtime.error() : package.error()).message << "\n";
    return 3;
  }
  const auto pipeline = pipelines::open_pipeline(package->package, **runtime);
  if (!pipeline.ok()) {
    std::cerr << pipeline.error().message << "\n";
    return 3;
  }
  return serve(**pipeline);
}
