#pragma once

#include <string>
#include <vector>

#include "model/onnx/session.h"
#include "model/pipelines/upscaler.h"

namespace noonmark::pipelines {

class TiledUpscaler final : public Upscaler {
 public:
  struct Parts {
    std::unique_ptr<onnx::Session> session;
    std::string input, output;
    int scale = 2, overlap = 0;
    int tile = 192;  ///< pixels of the picture a side, without what it sees around it
  };
  explicit TiledUpscaler(Parts parts) : parts_(std::move(parts)) {}

  int scale() const override { return parts_.scale; }
  core::Result<image::Image> upscale(const image::Image& picture, const OnProgress& on_progress) override;

 private:
  struct Tile {
    int x = 0, y = 0, width = 0, height = 0;
  };
  std::vector<Tile> tiles_of(const image::Image& picture) const;
  core::Result<void> fill(const image::Image& picture, const Tile& tile, image::Image& enlarged) const;

  Parts parts_;
};

}  // namespace noonmark::pipelines
