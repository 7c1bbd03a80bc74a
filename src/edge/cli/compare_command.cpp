#include "base/core/files.h"
#include "edge/cli/commands.h"
#include "edge/cli/locate.h"
#include "edge/cli/table.h"
#include "model/image/image.h"
#include "model/onnx/runtime.h"
#include "trial/fidelity/measures.h"

namespace noonmark::cli {
namespace {

constexpr std::uint64_t kMaxPictureBytes = 64u << 20;

core::Result<image::Image> read_picture(const std::filesystem::path& path) {
  const core::Bytes bytes = TRY(core::read_file(path, kMaxPictureBytes).context("picture " + path.string()));
  return image::decode(bytes).context("picture " + path.string());
}

/// The network of the perceptual distance, where it comes with the program.
struct Perception {
  std::unique_ptr<onnx::Runtime> runtime;
  std::optional<fidelity::PerceptualNetwork> network;
};

Perception open_perception(const telemetry::Log& log) {
  const auto share = find_share();
  auto runtime = onnx::Runtime::open();
  if (!share.ok() || !runtime.ok()) return {};
  auto network = fidelity::PerceptualNetwork::open(**runtime, *share / "zoo" / "features" / "features.onnx");
  if (!network.ok()) {
    log.warning("no perceptual distance", {{"why", network.error().message}});
    return {};
  }
  return {*std::move(runtime), *std::move(network)};
}

core::Result<Answer> compare(Context& context) {
  const image::Image reference = TRY(read_picture(*context.arguments.text("REFERENCE")));
  const image::Image output = TRY(read_picture(*context.arguments.text("OUTPUT")));
  const Perception perception = open_perception(context.log);
  const fidelity::Comparer comparer(perception.network ? &*perception.network : nullptr);
  const fidelity::Reference prepared = TRY(comparer.prepare(reference));
  const fidelity::Measures measures = TRY(comparer.compare(prepared, output));
  codec::Json document = codec::Json::object();
  Table table({{"measure"}, {"value", Table::Align::right}});
  for (const auto& [name, value] : measures) {
    document[name] = value;
    table.add({name, fixed(value, 4)});
  }
  context.output.print(document, table.text());
  return Answer::yes;
}

}  // namespace

std::vector<Command> picture_commands() {
  return {{{"compare",
            "Measure how close a picture is to a reference",
            {{"REFERENCE", "", "Picture (PNG, JPEG, WebP)", true, false}, {"OUTPUT", "", "Picture", true, false}}},
           compare}};
}

}  // namespace noonmark::cli
