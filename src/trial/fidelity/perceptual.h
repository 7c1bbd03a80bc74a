#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "model/image/image.h"
#include "model/onnx/runtime.h"
#include "model/onnx/session.h"

namespace noonmark::fidelity {

/// What a network sees in one picture: for each of its outputs, unit vectors (one per position) over the channels.
struct Features {
  struct Tap {
    std::size_t channels = 0;
    std::size_t positions = 0;
    std::vector<float>
        values;  ///< (channels, positions); at each position of Euclidean length 1, or 0 where nothing fired
  };
  std::vector<Tap> taps;
};

/// Mean squared distance of unit vectors per position, averaged over positions, then over the taps: LPIPS (Zhang,
/// Isola, Efros, Shechtman, Wang, "The unreasonable effectiveness of deep features as a perceptual metric", CVPR 2018)
/// without its fitted channel weights. 0 for equal features, below 4, about 0.1 to 1 for unrelated pictures; comparable
/// only between pictures seen by the same network. Requires: features of the same network.
double perceptual_distance(const Features& a, const Features& b);

/// Side of the square at which a network sees a picture: its longer side rounded up to a multiple of 32, within 96 to
/// 224. Small pictures are not enlarged to the 224 that such networks are trained at: that turns faint noise into large
/// blotches, which then weigh more than another seed does.
int seen_side(int width, int height);

/// A network whose activations are compared: zoo/features/features.onnx or one of the same form, that is one float32
/// input (batch, 3, height, width) of RGB in 0..1 and at least one output (batch, channels, height, width).
///
/// Pictures are resized to a square of `seen_side` (bilinear) before.
/// Owner:   the caller; the Runtime must outlive it.
/// Threads: any.
class PerceptualNetwork {
 public:
  /// Fails: as onnx::Session::open; invalid (inputs or outputs of another form).
  static core::Result<PerceptualNetwork> open(const onnx::Runtime& runtime, const std::filesystem::path& graph,
                                              int threads = 1);

  /// Fails: invalid (picture not sound), internal (the network failed or gave NaN).
  core::Result<Features> see(const image::Image& picture) const;

 private:
  PerceptualNetwork(std::unique_ptr<onnx::Session> session, std::string input, std::vector<std::string> outputs)
      : session_(std::move(session)), input_(std::move(input)), outputs_(std::move(outputs)) {}

  std::unique_ptr<onnx::Session> session_;
  std::string input_;
  std::vector<std::string> outputs_;
};

}  // namespace noonmark::fidelity
