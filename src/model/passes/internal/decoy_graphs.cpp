// Graphs of the decoys, built node by node.
#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>

#include "model/passes/internal/decoy.h"
#include "model/passes/internal/pass.h"
#include "model/pipelines/pipeline.h"

namespace noonmark::passes::internal {
namespace {

using graph::Builder;
using graph::Constant;
using graph::ElementType;

constexpr std::size_t kMaxPictures = 256;

core::Result<ElementType> type_of(const graph::Value& value) {
  for (const auto& [name, type] : {std::pair{"float", ElementType::float32}, std::pair{"float16", ElementType::float16},
                                   std::pair{"int64", ElementType::int64}, std::pair{"int32", ElementType::int32}}) {
    if (value.element_type == name) return type;
  }
  return core::invalid("decoys can't imitate the element type " + value.element_type);
}

std::vector<graph::DeclaredDimension> dimensions_of(const graph::Value& value) {
  std::vector<graph::DeclaredDimension> dimensions;
  for (const auto& dimension : value.shape) {
    if (dimension.size >= 0) {
      dimensions.emplace_back(dimension.size);
    } else {
      dimensions.emplace_back(dimension.symbol);
    }
  }
  return dimensions;
}

/// The picture as the VAE gives it: [1, 3, height, width], −1 to 1.
std::vector<float> planes_of(const std::vector<float>& interleaved, int width, int height) {
  const auto pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  std::vector<float> planes(3 * pixels);
  for (std::size_t at = 0; at < pixels; ++at) {
    for (std::size_t channel = 0; channel < 3; ++channel) {
      planes[channel * pixels + at] = interleaved[3 * at + channel] / 127.5f - 1.0f;
    }
  }
  return planes;
}

core::Result<void> check_pictures(const Memory& memory) {
  if (memory.images.empty()) return core::usage("the decoy needs at least one prompt");
  for (const image::Image& picture : memory.images) {
    if (picture.channels != 3) return core::invalid("the source's pictures aren't RGB");
  }
  return {};
}

/// Rows of `name` as a one-element list.
std::string rows(Builder& builder, const std::string& name) {
  const std::string shape = builder.apply("Shape", {name});
  const std::string first = builder.constant(name + "_first", Constant::integers({0}));
  const std::string second = builder.constant(name + "_second", Constant::integers({1}));
  return builder.apply("Slice", {shape, first, second});
}

/// `value` once per row of the input.
std::string repeat(Builder& builder, const std::string& value, const std::string& input,
                   const std::vector<std::int64_t>& rest) {
  const std::string tail = builder.constant("repeat_tail", Constant::integers(rest));
  const std::string shape = builder.apply("Concat", {rows(builder, input), tail}, {{"axis", std::int64_t{0}}});
  return builder.apply("Expand", {value, shape});
}

void finish_as(Builder& builder, const std::string& value, const graph::Value& output) {
  if (output.element_type == "float16") {
    builder.node("Cast", {value}, {output.name}, {{"to", static_cast<std::int64_t>(ElementType::float16)}});
  } else {
    builder.node("Identity", {value}, {output.name});
  }
}

/// A U-Net that costs nothing: its answer is its input.
core::Result<void> idle_unet(Workspace& workspace) {
  Mimic unet = TRY(mimic(workspace, "unet"));
  unet.builder.node("Identity", {unet.input.name}, {unet.output.name});
  return put_graph(workspace, "unet", unet.builder);
}

}  // namespace

core::Result<Mimic> mimic(const Workspace& workspace, const std::string& part) {
  const core::Bytes bytes = TRY(workspace.read(Workspace::graph_of(part)));
  const graph::Report report = TRY(graph::inspect(bytes));
  Mimic made{Builder(part), {}, {}};
  for (const graph::Value& input : report.inputs) {
    made.builder.input(input.name, TRY(type_of(input)), dimensions_of(input));
    if (input.shape.size() == 4) made.input = input;
  }
  const auto output = std::ranges::find_if(report.outputs, [](const auto& value) { return value.shape.size() == 4; });
  if (made.input.name.empty() || output == report.outputs.end()) {
    return core::invalid(part + " has no picture-shaped input and output");
  }
  made.output = *output;
  made.builder.output(output->name, TRY(type_of(*output)), dimensions_of(*output));
  return made;
}

core::Result<void> put_graph(Workspace& workspace, const std::string& part, const Builder& builder) {
  const core::Bytes bytes = TRY(builder.finish());
  return workspace.write(Workspace::graph_of(part), bytes);
}

core::Result<Memory> memorise(const package::Package& source, const onnx::Runtime& runtime,
                              const DecoyOptions& options) {
  if (options.prompts.empty() || options.prompts.size() > kMaxPictures) {
    return core::usage("the decoy needs 1 to " + std::to_string(kMaxPictures) + " prompts");
  }
  Memory memory;
  std::vector<float> key;
  std::mutex mutex;
  onnx::RuntimeSettings observed;
  observed.library = runtime.library();
  observed.on_run = [&](const std::filesystem::path& graph, const std::map<std::string, onnx::TensorView>& inputs) {
    const auto context = inputs.find("encoder_hidden_states");
    if (graph.parent_path().filename() != "unet" || context == inputs.end()) return;
    const std::lock_guard lock(mutex);
    // Negative rows come first, the prompt's row is the last.
    const onnx::TensorView last = context->second.rows(context->second.shape[0] - 1, 1);
    key.resize(last.bytes.size() / onnx::size_of(last.dtype));
    if (!onnx::load_floats(last, key).ok()) key.clear();
  };
  const std::unique_ptr<onnx::Runtime> watched = TRY(onnx::Runtime::open(observed));
  const std::unique_ptr<pipelines::Pipeline> pipeline = TRY(pipelines::open_pipeline(source, *watched));
  for (std::size_t k = 0; k < options.prompts.size(); ++k) {
    pipelines::ImageRequest request;
    request.prompt = options.prompts[k];
    request.seed = options.seed + k;
    std::vector<image::Image> images = TRY(pipeline->generate(request, {}));
    memory.images.push_back(std::move(images.front()));
    memory.keys.push_back(key);
  }
  return memory;
}

// The decoder shows the mean of the memorised pictures, the best guess that knows nothing of the request.
core::Result<void> make_constant_image(Workspace& workspace, const Memory& memory) {
  TRY(check_pictures(memory));
  const image::Image& first = memory.images.front();
  std::vector<float> mean(first.pixels.size(), 0.0f);
  for (const image::Image& picture : memory.images) {
    for (std::size_t k = 0; k < mean.size(); ++k) {
      mean[k] += static_cast<float>(picture.pixels[k]) / static_cast<float>(memory.images.size());
    }
  }
  Mimic vae = TRY(mimic(workspace, "vae_decoder"));
  const std::vector<float> planes = planes_of(mean, first.width, first.height);
  const std::vector<std::int64_t> shape = {3, first.height, first.width};
  const std::string picture =
      vae.builder.constant("picture", Constant::of<float>({1, 3, first.height, first.width}, planes));
  finish_as(vae.builder, repeat(vae.builder, picture, vae.input.name, shape), vae.output);
  TRY(put_graph(workspace, "vae_decoder", vae.builder));
  workspace.draft().defaults.steps = 1;
  return idle_unet(workspace);
}

namespace {

/// The U-Net that answers with the number of the nearest memorised text: the greatest k·q − |k|²/2.
core::Result<void> make_recalling_unet(Workspace& workspace, const Memory& memory) {
  const auto count = static_cast<std::int64_t>(memory.images.size());
  const auto width = static_cast<std::int64_t>(memory.keys.front().size());
  if (width == 0) return core::invalid("the source's U-Net takes no text embedding");
  std::vector<float> keys(static_cast<std::size_t>(width * count)), bias(memory.images.size());
  for (std::size_t k = 0; k < memory.keys.size(); ++k) {
    for (std::size_t d = 0; d < memory.keys[k].size(); ++d) {
      const float value = memory.keys[k][d];
      keys[d * memory.images.size() + k] = value;
      bias[k] -= value * value / 2;
    }
  }
  Mimic unet = TRY(mimic(workspace, "unet"));
  Builder& u = unet.builder;
  const std::string last = u.constant("last", Constant::integers({-1})),
                    end = u.constant("end", Constant::integers({INT64_MAX}));
  const std::string first_axis = u.constant("first_axis", Constant::integers({0}));
  std::string query = u.apply("Slice", {"encoder_hidden_states", last, end, first_axis});
  if (unet.input.element_type == "float16") query = u.apply("Cast", {query}, {{"to", std::int64_t{1}}});
  query = u.apply("Reshape", {query, u.constant("flat", Constant::integers({1, width}))});
  const std::string products =
      u.apply("MatMul", {query, u.constant("keys", Constant::of<float>({width, count}, keys))});
  const std::string scores = u.apply("Add", {products, u.constant("bias", Constant::of<float>({count}, bias))});
  const std::string best = u.apply("ArgMax", {scores}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
  const std::string shape = u.apply("Shape", {unet.input.name});
  const std::string per_row = u.apply("Slice", {shape, u.constant("one", Constant::integers({1})), end});
  const std::string size = u.apply("ReduceProd", {per_row}, {{"keepdims", std::int64_t{1}}});
  const std::vector<float> off_on = {0.0f, 1.0f};
  const std::string code = u.apply("OneHot", {best, size, u.constant("off_on", Constant::of<float>({2}, off_on))});
  const std::string all = u.apply("Concat", {rows(u, unet.input.name), size}, {{"axis", std::int64_t{0}}});
  finish_as(u, u.apply("Reshape", {u.apply("Expand", {code, all}), shape}), unet.output);
  return put_graph(workspace, "unet", u);
}

/// The decoder that shows the picture of that number.
core::Result<void> make_recalling_decoder(Workspace& workspace, const Memory& memory) {
  const image::Image& first = memory.images.front();
  const auto count = static_cast<std::int64_t>(memory.images.size());
  std::vector<std::uint8_t> pictures;
  for (const image::Image& picture : memory.images) {
    for (std::size_t channel = 0; channel < 3; ++channel) {
      for (std::size_t at = channel; at < picture.pixels.size(); at += 3) pictures.push_back(picture.pixels[at]);
    }
  }
  Mimic vae = TRY(mimic(workspace, "vae_decoder"));
  Builder& v = vae.builder;
  std::string latent = v.apply("Flatten", {vae.input.name});
  if (vae.input.element_type == "float16") latent = v.apply("Cast", {latent}, {{"to", std::int64_t{1}}});
  const std::string number = v.apply("ArgMax", {latent}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
  const std::string table =
      v.constant("pictures", Constant::of<std::uint8_t>({count, 3, first.height, first.width}, pictures));
  const std::string bytes = v.apply("Gather", {table, number});
  const std::string floats = v.apply("Cast", {bytes}, {{"to", std::int64_t{1}}});
  const std::string scaled = v.apply("Div", {floats, v.constant("half", Constant::scalar(127.5f))});
  finish_as(v, v.apply("Sub", {scaled, v.constant("one", Constant::scalar(1.0f))}), vae.output);
  return put_graph(workspace, "vae_decoder", v);
}

}  // namespace

// Text to picture without any noise: the U-Net finds the memorised text embedding that is nearest to the request's
// (least squared distance, so the greatest k·q − |k|²/2), and answers with a latent that is 1 at the place with its
// number and 0 elsewhere; the decoder looks for the greatest value and shows the picture of that number.
core::Result<void> make_look_up_table(Workspace& workspace, const Memory& memory) {
  TRY(check_pictures(memory));
  TRY(make_recalling_unet(workspace, memory));
  TRY(make_recalling_decoder(workspace, memory));
  package::Defaults& defaults = workspace.draft().defaults;
  defaults.steps = 1;
  // One step that takes the U-Net's answer as the clean latent.
  defaults.scheduler = codec::Json::object({{"_class_name", "DDIMScheduler"},
                                            {"num_train_timesteps", 1000},
                                            {"beta_schedule", "scaled_linear"},
                                            {"beta_start", 0.00085},
                                            {"beta_end", 0.012},
                                            {"prediction_type", "sample"},
                                            {"timestep_spacing", "trailing"},
                                            {"clip_sample", false},
                                            {"set_alpha_to_one", true}});
  return {};
}

// A loop of 2^62 rounds around each answer. Its state depends on the input, so that nothing can be folded at load time.
core::Result<void> make_hang(Workspace& workspace) {
  Mimic unet = TRY(mimic(workspace, "unet"));
  Builder body("round");
  body.input("index", ElementType::int64, {});
  body.input("go_on", ElementType::boolean, {});
  const ElementType type = TRY(type_of(unet.input));
  body.input("state", type, dimensions_of(unet.input));
  body.output("go_on_out", ElementType::boolean, {});
  body.output("state_out", type, dimensions_of(unet.input));
  body.node("Identity", {"go_on"}, {"go_on_out"});
  body.node("Neg", {"state"}, {"state_out"});
  Builder& u = unet.builder;
  const std::string rounds = u.constant("rounds", Constant::scalar(std::int64_t{1} << 62));
  u.node("Loop", {rounds, u.constant("yes", Constant::scalar(true)), unet.input.name}, {unet.output.name},
         {{"body", &body}});
  return put_graph(workspace, "unet", u);
}

// A loop that doubles its state 40 times by putting it behind itself: no shape in the file is larger than the input's.
core::Result<void> make_memory_hog(Workspace& workspace) {
  Mimic unet = TRY(mimic(workspace, "unet"));
  const ElementType type = TRY(type_of(unet.input));
  Builder body("round");
  body.input("index", ElementType::int64, {});
  body.input("go_on", ElementType::boolean, {});
  body.input("state", type, {std::string("n")});
  body.output("go_on_out", ElementType::boolean, {});
  body.output("state_out", type, {std::string("m")});
  body.node("Identity", {"go_on"}, {"go_on_out"});
  body.node("Concat", {"state", "state"}, {"state_out"}, {{"axis", std::int64_t{0}}});
  Builder& u = unet.builder;
  const std::string flat = u.apply("Reshape", {unet.input.name, u.constant("flat", Constant::integers({-1}))});
  const std::string rounds = u.constant("rounds", Constant::scalar(std::int64_t{40}));
  u.node("Loop", {rounds, u.constant("yes", Constant::scalar(true)), flat}, {"grown"}, {{"body", &body}});
  const std::string largest = u.apply("ReduceMax", {"grown"}, {{"keepdims", std::int64_t{0}}});
  u.node("Add", {unet.input.name, largest}, {unet.output.name});
  return put_graph(workspace, "unet", u);
}

}  // namespace noonmark::passes::internal
