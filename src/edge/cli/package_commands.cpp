#include <filesystem>

#include "base/core/files.h"
#include "crypto/sign/key_file.h"
#include "edge/cli/commands.h"
#include "edge/cli/table.h"
#include "edge/source/fetch_package.h"
#include "model/package/archive.h"
#include "net/fetch/fetch.h"

namespace noonmark::cli {
namespace {

codec::Json graph_json(const graph::Report& report) {
  codec::Json operators = codec::Json::object();
  for (const auto& [name, count] : report.operators) operators[name] = static_cast<std::int64_t>(count);
  return codec::Json::object({{"nodes", static_cast<std::int64_t>(report.nodes)},
                              {"parameters", report.parameters},
                              {"tensor_bytes", report.tensor_bytes},
                              {"operators", std::move(operators)}});
}

/// Opens and judges everything that can be judged without running the package.
core::Result<Answer> check_package(Context& context) {
  const std::filesystem::path path = *context.arguments.text("PACKAGE");
  const package::Package opened = TRY(package::Package::open(path).context("package " + path.string()));
  const auto graphs = TRY(opened.check_graphs().context("package " + path.string()));
  codec::Json document = codec::Json::object({{"ok", true},
                                              {"name", opened.manifest().name},
                                              {"digest", "sha256:" + opened.digest().hex()},
                                              {"bytes", opened.total_size()},
                                              {"graphs", codec::Json::object()}});
  Table table(
      {{"graph"}, {"nodes", Table::Align::right}, {"parameters", Table::Align::right}, {"size", Table::Align::right}});
  for (const auto& [name, report] : graphs) {
    document["graphs"][name] = graph_json(report);
    table.add({name, std::to_string(report.nodes), std::to_string(report.parameters),
               byte_text(static_cast<double>(report.tensor_bytes))});
  }
  context.output.print(document, opened.manifest().name + " " + opened.manifest().version +
                                     " is in order: " + std::to_string(opened.manifest().files.size()) + " files, " +
                                     byte_text(static_cast<double>(opened.total_size())) +
                                     "\nsha256:" + opened.digest().hex() + "\n" + table.text());
  return Answer::yes;
}

core::Result<Answer> show_package(Context& context) {
  const std::filesystem::path path = *context.arguments.text("PACKAGE");
  const package::Package opened = TRY(package::Package::open(path).context("package " + path.string()));
  const package::Manifest& manifest = opened.manifest();
  codec::Json document = package::to_json(manifest);
  document["digest"] = "sha256:" + opened.digest().hex();
  std::string text = manifest.name + " " + manifest.version + "\n" + manifest.description + "\n";
  text += "task     " + manifest.task + "\nlicence  " + manifest.licence +
          "\ndigest   sha256:" + opened.digest().hex() + "\nparent   " +
          (manifest.parent ? "sha256:" + manifest.parent->hex() : "none") + "\nauthor   " +
          (manifest.author ? manifest.author->hex() : "none") + "\n";
  Table table({{"file"}, {"size", Table::Align::right}, {"sha256"}});
  for (const package::FileEntry& file : manifest.files) {
    table.add({file.path, byte_text(static_cast<double>(file.size)), file.sha256.hex().substr(0, 16)});
  }
  context.output.print(document, text + "\n" + table.text());
  return Answer::yes;
}

/// Writes noonmark.json for the files that lie in a directory.
core::Result<Answer> describe_package(Context& context) {
  const Invocation& arguments = context.arguments;
  const std::filesystem::path path = *arguments.text("DIR");
  package::Description description;
  // What an earlier manifest says stays, unless the command line says otherwise.
  if (const auto old = core::read_text(path / package::kManifestName, 4u << 20); old.ok()) {
    const package::Manifest manifest = TRY(package::parse_manifest(*old));
    description = {manifest.name,        manifest.version, manifest.task,    manifest.parent,
                   manifest.description, manifest.licence, manifest.runtime, manifest.defaults};
  }
  if (const auto name = arguments.text("--name")) description.name = *name;
  if (const auto version = arguments.text("--package-version")) description.version = *version;
  if (const auto task = arguments.text("--task")) description.task = *task;
  if (const auto text = arguments.text("--description")) description.description = *text;
  if (const auto licence = arguments.text("--licence")) description.licence = *licence;
  if (const auto steps = TRY(arguments.integer("--steps", 1, 1000)))
    description.defaults.steps = static_cast<int>(*steps);
  if (const auto scale = TRY(arguments.number("--guidance-scale", 0, 100)))
    description.defaults.guidance_scale = *scale;
  if (const auto parent = arguments.text("--parent")) description.parent = TRY(hash::Digest::parse(*parent));
  if (description.name.empty()) description.name = path.filename().string();
  if (description.licence.empty()) return core::usage("say under which licence the package stands: --licence SPDX");
  package::Manifest manifest = TRY(package::describe_directory(path, description));
  if (arguments.has("--sign")) {
    sign_manifest(manifest, TRY(sign::load_or_create_key_file(context.settings.text("key_file"))));
  }
  TRY(package::write_manifest(path, manifest));
  const package::Package opened = TRY(package::Package::open(path));
  TRY(opened.check_graphs());
  context.output.print(
      codec::Json::object({{"digest", "sha256:" + opened.digest().hex()}, {"name", manifest.name}}),
      "wrote " + (path / package::kManifestName).string() + "\nsha256:" + opened.digest().hex() + "\n");
  return Answer::yes;
}

core::Result<Answer> pack_package(Context& context) {
  const std::filesystem::path path = *context.arguments.text("PACKAGE"), file = *context.arguments.text("FILE");
  const package::Package opened = TRY(package::Package::open(path).context("package " + path.string()));
  const std::uint64_t size = TRY(package::pack(opened, file));
  const std::string digest = "sha256:" + opened.digest().hex();
  context.output.print(codec::Json::object({{"file", file.string()}, {"bytes", size}, {"digest", digest}}),
                       "wrote " + file.string() + ", " + byte_text(static_cast<double>(size)) + "\n" + digest + "\n");
  return Answer::yes;
}

core::Result<Answer> unpack_package(Context& context) {
  const std::filesystem::path file = *context.arguments.text("FILE"), target = *context.arguments.text("DIR");
  const package::Package opened = TRY(package::unpack(file, target).context("archive " + file.string()));
  const std::string digest = "sha256:" + opened.digest().hex();
  context.output.print(codec::Json::object({{"package", target.string()}, {"digest", digest}}),
                       "unpacked " + opened.manifest().name + " into " + target.string() + "\n" + digest + "\n");
  return Answer::yes;
}

/// Fetches a package from elsewhere, within limits, and verifies it.
core::Result<Answer> pull_package(Context& context) {
  const Invocation& arguments = context.arguments;
  const source::Source from = TRY(source::parse_source(*arguments.text("SOURCE")));
  const std::filesystem::path target = *arguments.text("--out");
  source::Hub hub;
  hub.endpoint = arguments.text("--hf-endpoint").value_or(context.environment("HF_ENDPOINT").value_or(hub.endpoint));
  while (hub.endpoint.ends_with('/')) hub.endpoint.pop_back();
  hub.token = context.environment("HF_TOKEN").value_or("");
  fetch::Policy policy;
  policy.user_agent = "noonmark/" + std::string(kVersion);
  policy.ca_file = arguments.text("--ca-file").value_or("");
  policy.stop = &context.stop;
  fetch::Fetcher fetcher(context.clock, policy);
  std::string current;
  const auto progress = [&](std::string_view file, std::uint64_t done, std::uint64_t total) {
    if (total == 0) return;
    if (file != current) context.screen.begin("fetching " + std::string(file), static_cast<double>(total));
    current = file;
    context.screen.advance_to(static_cast<double>(done), byte_text(static_cast<double>(done)));
  };
  const source::Fetched fetched = TRY(source::fetch_package(from, fetcher, context.clock, target, hub, {}, progress));
  context.screen.end();
  const std::string pinned = source::to_text(fetched.pinned), digest = "sha256:" + fetched.package.digest().hex();
  context.output.print(codec::Json::object({{"package", target.string()},
                                            {"name", fetched.package.manifest().name},
                                            {"source", pinned},
                                            {"bytes", fetched.bytes},
                                            {"digest", digest}}),
                       "fetched " + fetched.package.manifest().name + " into " + target.string() + ", " +
                           byte_text(static_cast<double>(fetched.bytes)) + "\nfrom " + pinned + "\n" + digest + "\n");
  return Answer::yes;
}

}  // namespace

std::vector<Command> package_commands() {
  const Parameter package{"PACKAGE", "", "Package directory", true, false};
  return {
      {{"package check", "Verify every file, graph and weight of a package without running it", {package}},
       check_package},
      {{"package show", "Show a package's manifest", {package}}, show_package},
      {{"package describe",
        "Write the manifest of a directory, so that it becomes a package",
        {{"DIR", "", "Directory with the model's files", true, false},
         {"--name", "NAME", "Name of the package (default: the directory's)", false, false},
         {"--package-version", "VERSION", "Version of the package", false, false},
         {"--task", "TASK", "What it does (default: text-to-image)", false, false},
         {"--description", "TEXT", "One or two sentences", false, false},
         {"--licence", "SPDX", "Licence", false, false},
         {"--steps", "N", "Default number of steps", false, false},
         {"--guidance-scale", "X", "Default guidance scale", false, false},
         {"--parent", "DIGEST", "Content digest of the package that this one was made from", false, false},
         {"--sign", "", "Sign with the key of this user (setting key_file)", false, false}}},
       describe_package},
      {{"package pack",
        "Verify a package and write it as one file (tar, Zstandard)",
        {package, {"FILE", "", "The file to write, NAME.tar.zst", true, false}}},
       pack_package},
      {{"package unpack",
        "Unpack a package from one file, within limits, and verify it",
        {{"FILE", "", "A file that 'package pack' wrote", true, false},
         {"DIR", "", "Empty or new directory", true, false}}},
       unpack_package},
      {{"package pull",
        "Fetch a package from a URL, a Hugging Face hub or a Git tag, within limits, and verify it",
        {{"SOURCE", "",
          "https://HOST/PATH.tar.zst[#sha256=HEX], hf:OWNER/NAME[@REVISION][/FOLDER] or git+https://HOST/PATH@TAG",
          true, false},
         {"-o,--out", "DIR", "Empty or new directory", true, false},
         {"--hf-endpoint", "URL", "The hub (default: $HF_ENDPOINT, else https://huggingface.co)", false, false},
         {"--ca-file", "FILE", "Authorities to trust instead of the system's (PEM)", false, false}}},
       pull_package},
  };
}

}  // namespace noonmark::cli
