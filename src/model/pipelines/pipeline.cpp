#include "model/pipelines/pipeline.h"

#include "model/pipelines/internal/text_to_image.h"

namespace noonmark::pipelines {

core::Result<std::unique_ptr<Pipeline>> open_pipeline(const package::Package& package, const onnx::Runtime& runtime) {
  const std::string& task = package.manifest().task;
  if (task != "text-to-image")
    return core::invalid("no pipeline for the task \"" + task + "\"; text-to-image, chat and upscale are supported");
  std::unique_ptr<Pipeline> pipeline = TRY(TextToImage::open(package, runtime));
  return pipeline;
}

}  // namespace noonmark::pipelines
