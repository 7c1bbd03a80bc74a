#include <algorithm>

#include "base/core/files.h"
#include "edge/cli/commands.h"
#include "edge/cli/table.h"
#include "model/passes/optimize.h"

namespace noonmark::cli {
namespace {

constexpr std::uint64_t kMaxPromptFile = 1u << 20;

core::Result<std::vector<std::string>> read_lines(const std::filesystem::path& file) {
  const std::string text = TRY(core::read_text(file, kMaxPromptFile).context("prompts " + file.string()));
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin) lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string passes_text() {
  Table table({{"pass"}, {"what it does"}});
  for (const passes::PassInfo& pass : passes::known_passes()) {
    table.add({pass.name + (pass.value.empty() ? "" : "=" + pass.value), pass.meaning});
    for (const auto& parameter : pass.parameters) {
      table.add(
          {"  :" + parameter.name + "=" + (parameter.fallback.empty() ? "…" : parameter.fallback), parameter.meaning});
    }
  }
  return table.text();
}

codec::Json passes_json() {
  codec::Json list = codec::Json::array();
  for (const passes::PassInfo& pass : passes::known_passes()) {
    list.push_back(codec::Json::object({{"name", pass.name}, {"value", pass.value}, {"meaning", pass.meaning}}));
  }
  return codec::Json::object({{"passes", std::move(list)}});
}

core::Result<Answer> optimize(Context& context) {
  const Invocation& arguments = context.arguments;
  if (arguments.has("--list")) {
    context.output.print(passes_json(), passes_text());
    return Answer::yes;
  }
  for (const char* needed : {"PACKAGE", "--recipe", "--out"}) {
    if (!arguments.has(needed))
      return core::usage(std::string(needed) + " is required; see 'noonmark optimize --help'");
  }
  const std::filesystem::path folder = *arguments.text("PACKAGE"), target = *arguments.text("--out");
  const passes::Recipe recipe = TRY(passes::parse_recipe(*arguments.text("--recipe")));
  const package::Package source = TRY(package::Package::open(folder).context("package " + folder.string()));
  TRY(source.check_graphs().context("package " + folder.string()));
  const auto runtime = TRY(onnx::Runtime::open());
  passes::OptimizeOptions options;
  options.label.name = arguments.text("--name").value_or("");
  if (const auto file = arguments.text("--prompts")) options.prompts = TRY(read_lines(*file));
  context.screen.begin("optimising " + source.manifest().name, 1);
  const passes::Outcome outcome = TRY(
      passes::optimize(source, recipe, target, *runtime, options, [&](const std::string& pass, int part, int parts) {
        context.screen.advance_to(static_cast<double>(part) / std::max(1, parts), pass);
      }));
  context.screen.end();
  codec::Json applied = codec::Json::array();
  std::string text = "wrote " + target.string() + "\n";
  for (const passes::Applied& pass : outcome.applied) {
    applied.push_back(codec::Json::object({{"pass", pass.pass}, {"detail", pass.detail}}));
    text += "  " + pass.pass + ": " + pass.detail + "\n";
  }
  context.output.print(codec::Json::object({{"package", target.string()},
                                            {"name", outcome.manifest.name},
                                            {"digest", "sha256:" + package::content_digest(outcome.manifest).hex()},
                                            {"applied", std::move(applied)}}),
                       text);
  return Answer::yes;
}

}  // namespace

std::vector<Command> optimize_commands() {
  return {{{"optimize",
            "Make a faster package from a package with named passes",
            {{"PACKAGE", "", "Package directory", false, false},
             {"--recipe", "RECIPE", "Passes in order, e.g. 'int8-static,steps=10,bake'", false, false},
             {"-o,--out", "DIR", "The new package", false, false},
             {"--name", "NAME", "Its name", false, false},
             {"--prompts", "FILE", "Texts to calibrate with, one a line", false, false},
             {"--list", "", "Explain the passes", false, false}}},
           optimize}};
}

}  // namespace noonmark::cli
