#include "edge/cli/application.h"

#include <algorithm>

#include "base/core/files.h"

namespace noonmark::cli {
namespace {

constexpr std::uint64_t kMaxConfigBytes = 1u << 20;

/// One line, without what could steer a terminal.
std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return line;
}

std::filesystem::path config_path(const Invocation& arguments, const Environment& environment, bool& demanded) {
  demanded = true;
  if (const auto given = arguments.text("--config")) return *given;
  if (const auto given = environment("NOONMARK_CONFIG")) return *given;
  demanded = false;
  return xdg_directory(environment, "CONFIG", ".config") / "config.toml";
}

core::Result<Settings> load_settings(const Invocation& arguments, const Environment& environment) {
  bool demanded = false;
  const std::filesystem::path path = config_path(arguments, environment, demanded);
  std::optional<std::string> text;
  core::Result<std::string> read = core::read_text(path, kMaxConfigBytes);
  if (read.ok()) {
    text = *std::move(read);
  } else if (demanded || read.error().kind != core::ErrorKind::not_found) {
    return read.error().with_context("reading the configuration");
  }
  std::map<std::string, std::string> flags;
  for (const SettingSpec& spec : setting_specs()) {
    if (const auto given = arguments.text(spec.flag())) flags[spec.flag()] = *given;
  }
  return Settings::resolve(flags, environment, text, path.string());
}

telemetry::ScreenOptions choose_screen(const Settings& settings, const Surroundings& around) {
  const bool no_color = !around.environment("NO_COLOR").value_or("").empty();
  telemetry::ScreenOptions options = telemetry::screen_options(around.err_is_terminal, around.columns,
                                                               around.environment("TERM").value_or(""), no_color);
  const std::string& wish = settings.text("progress");
  if (wish == "none") options.style = telemetry::Style::silent;
  if (wish == "lines") options.style = telemetry::Style::lines;
  if (wish == "bar") options.style = telemetry::Style::bar;
  return options;
}

ExitCode fail(const core::Error& failure, const telemetry::Screen::Writer& err) {
  err("noonmark: " + one_line(failure.message) + "\n");
  return exit_code(failure.kind);
}

ExitCode run_command(const Command& command, const Invocation& arguments, const Settings& settings,
                     const Surroundings& around) {
  const core::Result<telemetry::Level> level = telemetry::parse_level(settings.text("log_level"));
  if (!level.ok()) return fail(level.error(), around.err);
  telemetry::Screen screen(around.err, choose_screen(settings, around), around.clock);
  const telemetry::Log log([&](std::string_view line) { screen.print(line); }, *level, around.clock);
  Output output(around.out, arguments.has("--json"));
  Context context{arguments, settings, around.environment, output, screen, log, around.clock, around.stop};
  const core::Result<Answer> answer = command.run(context);
  screen.end();
  if (!answer.ok()) return fail(answer.error(), around.err);
  if (output.failed()) return fail(core::internal("the results could not be written to stdout"), around.err);
  return *answer == Answer::yes ? ExitCode::ok : ExitCode::no;
}

}  // namespace

void Output::print(const codec::Json& document, std::string_view text) {
  write(json_ ? codec::write_pretty(document) + "\n" : std::string(text));
}

void Output::note(std::string_view line) {
  if (!json_) write(std::string(line) + "\n");
}

Grammar make_grammar(const std::vector<Command>& commands) {
  Grammar grammar;
  grammar.program = "noonmark";
  grammar.version = kVersion;
  grammar.summary = "Contests for faster generative models that stay faithful to the original.";
  grammar.groups = {{"contest", "Run contests, and check their records"},
                    {"validator", "Validate contests on a subnet"},
                    {"ledger", "Run a chain of one's own, and ask nodes"},
                    {"package", "Look at, describe and carry packages"},
                    {"charter", "What a subnet's owner says: contests and exclusions"},
                    {"catalog", "Packages that a gateway has its workers serve"},
                    {"key", "Keys of the gateway's callers"},
                    {"wallet", "Keys of the ledger: make, list, import, sign, verify"},
                    {"simulate", "Play the whole in fake time"},
                    {"config", "Show and check the configuration"}};
  grammar.global.push_back({"--json", "", "Print one JSON document on stdout", false, false});
  grammar.global.push_back({"--config", "FILE", "Configuration file (TOML)", false, false});
  for (const SettingSpec& spec : setting_specs()) {
    std::string help = spec.help + " [" + spec.environment() + "]";
    grammar.global.push_back({spec.flag(), spec.placeholder, std::move(help), false, false});
  }
  for (const Command& command : commands) grammar.commands.push_back(command.spec);
  return grammar;
}

ExitCode run_application(const std::vector<Command>& commands, std::span<const std::string> arguments,
                         const Surroundings& around) {
  const Grammar grammar = make_grammar(commands);
  const core::Result<ParsedArguments> parsed = parse_arguments(grammar, arguments);
  if (!parsed.ok()) return fail(parsed.error(), around.err);
  if (parsed->print) return around.out(*parsed->print) ? ExitCode::ok : ExitCode::internal;
  const core::Result<Settings> settings = load_settings(parsed->invocation, around.environment);
  if (!settings.ok()) return fail(settings.error(), around.err);
  const auto command = std::find_if(commands.begin(), commands.end(), [&](const Command& candidate) {
    return candidate.spec.path == parsed->invocation.command();
  });
  CHECK(command != commands.end(), "the grammar accepted an unknown command");
  return run_command(*command, parsed->invocation, *settings, around);
}

}  // namespace noonmark::cli
