#include "trial/fidelity/perceptual.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/core/check.h"
#include "model/image/colour.h"
#include "model/image/resize.h"

namespace noonmark::fidelity {

namespace {

/// Scales the vector at each position to length 1.
void normalise(Features::Tap& tap) {
  std::vector<double> squares(tap.positions);
  for (std::size_t c = 0; c < tap.channels; ++c) {
    const float* plane = tap.values.data() + c * tap.positions;
    for (std::size_t p = 0; p < tap.positions; ++p)
      squares[p] += static_cast<double>(plane[p]) * static_cast<double>(plane[p]);
  }
  // The small addend keeps a vector of zeros at zero.
  std::vector<float> factors(tap.positions);
  for (std::size_t p = 0; p < tap.positions; ++p) factors[p] = static_cast<float>(1 / (std::sqrt(squares[p]) + 1e-10));
  for (std::size_t c = 0; c < tap.channels; ++c) {
    float* plane = tap.values.data() + c * tap.positions;
    for (std::size_t p = 0; p < tap.positions; ++p) plane[p] *= factors[p];
  }
}

core::Result<Features::Tap> tap_of(const onnx::Tensor& output) {
  const onnx::Shape& shape = output.shape();
  if (shape.size() != 4 || shape[0] != 1)
    return core::internal("the perceptual network gave a result of another shape");
  Features::Tap tap;
  tap.channels = static_cast<std::size_t>(shape[1]);
  tap.positions = static_cast<std::size_t>(shape[2] * shape[3]);
  const auto values = output.values<float>();
  tap.values.assign(values.begin(), values.end());
  for (const float value : tap.values) {
    if (!std::isfinite(value)) return core::internal("the perceptual network gave a value that is no number");
  }
  normalise(tap);
  return tap;
}

core::Result<onnx::Tensor> input_of(const image::Image& picture) {
  const int side = seen_side(picture.width, picture.height);
  const image::Image rgb = image::flatten(picture, {255, 255, 255});
  const std::vector<float> samples(rgb.pixels.begin(), rgb.pixels.end());
  const auto resized = image::resample(samples, rgb.width, rgb.height, 3, side, side, image::Filter::bilinear);
  onnx::Tensor tensor = TRY(onnx::Tensor::create(onnx::DataType::float32, {1, 3, side, side}));
  const auto values = tensor.values<float>();
  const auto plane = static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
  for (std::size_t i = 0; i < plane; ++i) {
    for (std::size_t c = 0; c < 3; ++c) values[c * plane + i] = resized[i * 3 + c] / 255;
  }
  return tensor;
}

}  // namespace

int seen_side(int width, int height) { return std::clamp((std::max(width, height) + 31) / 32 * 32, 96, 224); }

double perceptual_distance(const Features& a, const Features& b) {
  CHECK(a.taps.size() == b.taps.size() && !a.taps.empty(), "features of the same network");
  double sum = 0;
  for (std::size_t t = 0; t < a.taps.size(); ++t) {
    const auto& x = a.taps[t].values;
    const auto& y = b.taps[t].values;
    CHECK(x.size() == y.size() && !x.empty(), "features of the same network");
    double squares = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double difference = static_cast<double>(x[i]) - static_cast<double>(y[i]);
      squares += difference * difference;
    }
    sum += squares / static_cast<double>(a.taps[t].positions);
  }
  return sum / static_cast<double>(a.taps.size());
}

core::Result<PerceptualNetwork> PerceptualNetwork::open(const onnx::Runtime& runtime,
                                                        const std::filesystem::path& graph, int threads) {
  onnx::SessionSettings settings;
  settings.intra_op_threads = threads;
  auto session = TRY(onnx::Session::open(runtime, graph, settings));
  const auto fits = [](const onnx::ValueInfo& value) {
    return value.dtype == onnx::DataType::float32 && value.shape.size() == 4;
  };
  const auto& inputs = session->inputs();
  if (inputs.size() != 1 || !fits(inputs[0]) || (inputs[0].shape[1].fixed() && inputs[0].shape[1].size != 3)) {
    return core::invalid(graph.string() +
                         " is no perceptual network: it needs one float32 input (batch, 3, height, width)");
  }
  std::vector<std::string> outputs;
  for (const auto& output : session->outputs()) {
    if (!fits(output)) {
      return core::invalid(graph.string() + " is no perceptual network: output " + output.name +
                           " is not float32 (batch, channels, height, width)");
    }
    outputs.push_back(output.name);
  }
  if (outputs.empty()) return core::invalid(graph.string() + " is no perceptual network: it has no outputs");
  std::string input = inputs[0].name;
  return PerceptualNetwork(std::move(session), std::move(input), std::move(outputs));
}

core::Result<Features> PerceptualNetwork::see(const image::Image& picture) const {
  if (!image::is_sound(picture))
    return core::invalid("a picture to be seen is empty or its pixels do not fit its size");
  const onnx::Tensor input = TRY(input_of(picture));
  const auto results = TRY(session_->run({{input_, input.view()}}, outputs_));
  Features features;
  for (const auto& result : results) features.taps.push_back(TRY(tap_of(result)));
  return features;
}

}  // namespace noonmark::fidelity
