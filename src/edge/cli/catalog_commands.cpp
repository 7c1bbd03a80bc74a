#include "edge/cli/commands.h"
#include "edge/cli/fleet.h"
#include "edge/cli/table.h"
#include "model/package/package.h"

namespace noonmark::cli {
namespace {

namespace fs = std::filesystem;

std::uint64_t bytes_of(const package::Manifest& manifest) {
  std::uint64_t bytes = 0;
  for (const package::FileEntry& file : manifest.files) bytes += file.size;
  return bytes;
}

/// The package's files, copied whole before they get their name.
core::Result<void> keep_package(const fs::path& from, const fs::path& to) {
  std::error_code problem;
  if (fs::exists(to, problem)) return {};
  const fs::path partial = to.string() + ".partial";
  fs::remove_all(partial, problem);
  fs::create_directories(to.parent_path(), problem);
  fs::copy(from, partial, fs::copy_options::recursive, problem);
  if (!problem) fs::rename(partial, to, problem);
  if (problem) return core::internal("cannot copy the package to " + to.string() + ": " + problem.message());
  return {};
}

core::Result<Answer> publish(Context& context) {
  const Invocation& arguments = context.arguments;
  const fs::path folder = *arguments.text("--catalog"), source = *arguments.text("PACKAGE");
  const package::Package package = TRY(package::Package::open(source));
  const package::Manifest& manifest = package.manifest();
  catalog::Release release;
  release.model = arguments.text("--model").value_or(manifest.name);
  release.task = manifest.task;
  release.package = package::content_digest(manifest);
  release.bytes = bytes_of(manifest);
  release.verdict = arguments.text("--verdict").value_or("");
  release.fidelity = TRY(arguments.number("--fidelity", 0, 1)).value_or(1);
  TRY(keep_package(source, catalog_packages(folder) / release.package.hex()));
  catalog::Catalog catalog = TRY(catalog::load(catalog_file(folder)));
  catalog.put(release);
  TRY(catalog::parse(catalog::text(catalog)));  // a name that no catalog may hold
  TRY(catalog::save(catalog_file(folder), catalog));
  context.output.print(codec::Json::object({{"model", release.model}, {"package", release.package.hex()}}),
                       release.model + " is done by " + release.package.hex() + " now\n");
  return Answer::yes;
}

core::Result<Answer> withdraw(Context& context) {
  const fs::path folder = *context.arguments.text("--catalog");
  const std::string model = *context.arguments.text("MODEL");
  catalog::Catalog catalog = TRY(catalog::load(catalog_file(folder)));
  if (std::erase_if(catalog.releases, [&](const catalog::Release& one) { return one.model == model; }) == 0) {
    return core::not_found("the catalog has no model " + model);
  }
  TRY(catalog::save(catalog_file(folder), catalog));
  context.output.print(codec::Json::object({{"model", model}}), model + " is served no more\n");
  return Answer::yes;
}

core::Result<Answer> list(Context& context) {
  const catalog::Catalog catalog = TRY(catalog::load(catalog_file(*context.arguments.text("--catalog"))));
  Table table({{"model"}, {"task"}, {"package"}, {"verdict"}, {"fidelity", Table::Align::right}});
  for (const catalog::Release& one : catalog.releases) {
    table.add({one.model, one.task, one.package.hex().substr(0, 12), one.verdict, fixed(one.fidelity, 3)});
  }
  context.output.print(TRY(codec::parse_json(catalog::text(catalog))), table.text());
  return Answer::yes;
}

}  // namespace

std::vector<Command> catalog_commands() {
  const Parameter folder{"--catalog", "DIR", "The gateway's catalog", true, false};
  return {{{"catalog publish",
            "Have a gateway's workers serve a package: it goes to a few of them first and then to all",
            {{"PACKAGE", "", "Package directory", true, false},
             folder,
             {"--model", "NAME", "As callers ask for it (default: the package's name)", false, false},
             {"--verdict", "TEXT", "What it won, as CONTEST/DATE", false, false},
             {"--fidelity", "X", "To the baseline, 0 to 1 (default: 1)", false, false}}},
           publish},
          {{"catalog withdraw", "Serve a model no more", {{"MODEL", "", "Its name", true, false}, folder}}, withdraw},
          {{"catalog list", "What a gateway has its workers serve", {folder}}, list}};
}

}  // namespace noonmark::cli
