#include "base/core/files.h"
#include "edge/cli/commands.h"
#include "edge/cli/equip.h"
#include "edge/cli/table.h"
#include "model/image/grid.h"
#include "model/pipelines/pipeline.h"
#include "net/server/listen.h"
#include "trial/runner/serve.h"

namespace noonmark::cli {
namespace {

core::Result<pipelines::ImageRequest> request_from(const Invocation& arguments) {
  pipelines::ImageRequest request;
  request.prompt = *arguments.text("PROMPT");
  request.negative_prompt = arguments.text("--negative-prompt").value_or("");
  request.seed = static_cast<std::uint64_t>(TRY(arguments.integer("--seed", 0, INT64_MAX)).value_or(0));
  request.n = static_cast<int>(TRY(arguments.integer("--count", 1, pipelines::kMaxImages)).value_or(1));
  if (const auto steps = TRY(arguments.integer("--steps", 1, 1000))) request.steps = static_cast<int>(*steps);
  request.guidance_scale = TRY(arguments.number("--guidance-scale", 0, pipelines::kMaxGuidance));
  return request;
}

/// Runs the package behind the wall, as a contest does, and writes its pictures into one file.
core::Result<Answer> generate(Context& context) {
  const std::filesystem::path folder = *context.arguments.text("PACKAGE");
  const pipelines::ImageRequest request = TRY(request_from(context.arguments));
  const std::filesystem::path file = context.arguments.text("--out").value_or("picture.png");
  const package::Package opened = TRY(package::Package::open(folder).context("package " + folder.string()));
  TRY(opened.check_graphs().context("package " + folder.string()));
  const validator::Equipment equipment = TRY(equip(context));
  auto process = TRY(runner::RunnerProcess::open(equipment.wall, context.clock, std::filesystem::absolute(folder),
                                                 validator::runner_settings(equipment)));
  const runner::Generated made = TRY(process->generate(request));
  const image::Image sheet = made.images.size() == 1 ? made.images.front() : TRY(image::contact_sheet(made.images));
  const core::Bytes png = TRY(image::encode_png(sheet));
  TRY(core::write_file_atomic(file, png));
  const double seconds = std::chrono::duration<double>(made.wall).count();
  context.output.print(
      codec::Json::object({{"file", file.string()},
                           {"images", static_cast<std::int64_t>(made.images.size())},
                           {"seconds", seconds},
                           {"load_seconds", std::chrono::duration<double>(process->load().wall).count()}}),
      "wrote " + file.string() + " in " + fixed(seconds, 2) + " s\n");
  return Answer::yes;
}

/// The sandboxed side: opens the package and answers requests until the referee ends it.
core::Result<Answer> serve_package(Context& context) {
  const std::filesystem::path folder = *context.arguments.text("--package");
  const std::int64_t descriptor = TRY(context.arguments.integer("--listen-fd", 3, 1023)).value_or(3);
  const package::Package opened = TRY(package::Package::open(folder));
  onnx::RuntimeSettings settings;
  settings.library = context.arguments.text("--onnxruntime").value_or("");
  const std::unique_ptr<onnx::Runtime> runtime = TRY(onnx::Runtime::open(settings));
  const std::unique_ptr<runner::Skill> skill = TRY(runner::open_skill(opened, *runtime, context.clock));
  TRY(runner::serve(*skill, server::Endpoint::listening(static_cast<int>(descriptor)),
                    {.model = opened.manifest().name}, context.clock, context.stop));
  return Answer::yes;
}

}  // namespace

std::vector<Command> running_commands() {
  return {
      {{"generate",
        "Make pictures with a package, behind the wall",
        {{"PACKAGE", "", "Package directory", true, false},
         {"PROMPT", "", "What the picture shows", true, false},
         {"--negative-prompt", "TEXT", "What it doesn't show", false, false},
         {"--seed", "N", "Seed of the noise (default: 0)", false, false},
         {"--count", "N", "Number of pictures, one seed each (default: 1)", false, false},
         {"--steps", "N", "Steps (default: the package's)", false, false},
         {"--guidance-scale", "X", "Guidance (default: the package's)", false, false},
         {"-o,--out", "FILE", "PNG file (default: picture.png)", false, false}}},
       generate},
      {{"runner",
        "Serve one package on a socket handed down; started by the other commands, behind the wall",
        {{"--package", "DIR", "Package directory", true, false},
         {"--listen-fd", "N", "Descriptor of the listening socket", true, false},
         {"--onnxruntime", "FILE", "ONNX Runtime's shared library", false, false}}},
       serve_package},
  };
}

}  // namespace noonmark::cli
