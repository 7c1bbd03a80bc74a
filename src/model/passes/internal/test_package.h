#pragma once

#include <filesystem>
#include <optional>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "model/onnx/runtime.h"
#include "model/package/package.h"
#include "model/pipelines/pipeline.h"

// Shared by this folder's tests.

namespace noonmark::passes::internal {

/// The tiny SDXL-shaped model as a package, and room for what is made from it.
class PackageFixture : public testing::Test {
 protected:
  static const onnx::Runtime& runtime() {
    static const std::unique_ptr<onnx::Runtime> instance = onnx::Runtime::open().value();
    return *instance;
  }

  void SetUp() override {
    folder_.emplace(core::TempDir::create("noonmark-passes").value());
    const std::filesystem::path root = folder_->path() / "source";
    std::filesystem::copy(NOONMARK_SOURCE_DIR "/tests/golden/sdxl_tiny/package", root,
                          std::filesystem::copy_options::recursive);
    package::Description description;
    description.name = "tiny";
    description.licence = "MIT";
    description.defaults.steps = 3;
    const auto manifest = package::describe_directory(root, description).value();
    ASSERT_TRUE(package::write_manifest(root, manifest).ok());
    source_.emplace(package::Package::open(root).value());
  }

  const package::Package& source() const { return *source_; }
  std::filesystem::path target(const std::string& name = "target") const { return folder_->path() / name; }

  static core::Result<image::Image> picture(const package::Package& package, const std::string& prompt = "a tiger",
                                            std::uint64_t seed = 3) {
    const std::unique_ptr<pipelines::Pipeline> pipeline = TRY(pipelines::open_pipeline(package, runtime()));
    pipelines::ImageRequest request;
    request.prompt = prompt;
    request.seed = seed;
    std::vector<image::Image> images = TRY(pipeline->generate(request, {}));
    return std::move(images.front());
  }

  /// Mean difference of the values, 0 to 255.
  static double difference(const image::Image& a, const image::Image& b) {
    if (a.pixels.size() != b.pixels.size() || a.pixels.empty()) return 255;
    double sum = 0;
    for (std::size_t k = 0; k < a.pixels.size(); ++k) sum += std::abs(int{a.pixels[k]} - int{b.pixels[k]});
    return sum / static_cast<double>(a.pixels.size());
  }

 private:
  std::optional<core::TempDir> folder_;
  std::optional<package::Package> source_;
};

}  // namespace noonmark::passes::internal
