// The only file that includes CLI11: its headers cost more compile time than everything else in this folder.
#include <memory>

#include <CLI/CLI.hpp>

#include "base/core/check.h"
#include "edge/cli/arguments.h"

namespace noonmark::cli {
namespace {

constexpr int kMostOperands = 10000;

bool is_operand(const Parameter& parameter) { return !parameter.name.starts_with('-'); }

/// Where CLI11 leaves what it found. Addresses must stay put, hence the unique_ptr.
struct Slot {
  std::string name;
  std::vector<std::string> values;  ///< of an operand or a repeated option
  std::string value;                ///< of any other option
  bool given = false;
  CLI::Option* option = nullptr;
};

class Parser {
 public:
  explicit Parser(const Grammar& grammar) : app_(grammar.summary, grammar.program), grammar_(grammar) {
    app_.set_version_flag("--version", grammar.program + " " + grammar.version);
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.set_help_all_flag("--help-all", "Print the help of every subcommand");
    app_.footer("Run '" + grammar.program + " COMMAND --help' for the options of one command.");
    for (const Parameter& parameter : grammar.global) add(app_, parameter, global_);
    for (const CommandSpec& command : grammar.commands) add_command(command);
  }

  core::Result<ParsedArguments> parse(std::span<const std::string> arguments) {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // CLI11 takes them from the back
    try {
      app_.parse(reversed);
    } catch (const CLI::CallForAllHelp&) {
      return ParsedArguments{{}, app_.help("", CLI::AppFormatMode::All)};
    } catch (const CLI::CallForHelp&) {
      return ParsedArguments{{}, app_.help()};
    } catch (const CLI::CallForVersion&) {
      return ParsedArguments{{}, grammar_.program + " " + grammar_.version + "\n"};
    } catch (const CLI::ParseError& problem) {
      return core::usage(std::string(problem.what()) + "; see '" + deepest_help() + "'");
    } catch (const CLI::Error& problem) {
      return core::internal(std::string("the command line parser failed: ") + problem.what());
    }
    return ParsedArguments{invocation(), std::nullopt};
  }

 private:
  using Slots = std::vector<std::unique_ptr<Slot>>;

  static void add(CLI::App& app, const Parameter& parameter, Slots& slots) {
    Slot& slot = *slots.emplace_back(std::make_unique<Slot>());
    slot.name = parameter.name.substr(parameter.name.rfind(',') + 1);  // "-o,--out" is asked for as "--out"
    if (!is_operand(parameter) && parameter.value.empty()) {
      slot.option = app.add_flag(parameter.name, slot.given, parameter.help);
      return;
    }
    if (parameter.repeated) {
      slot.option = app.add_option(parameter.name, slot.values, parameter.help);
      slot.option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      if (is_operand(parameter)) slot.option->expected(parameter.required ? 1 : 0, kMostOperands);
      if (!is_operand(parameter)) slot.option->allow_extra_args(false);
    } else {
      slot.option = app.add_option(parameter.name, slot.value, parameter.help);
      if (!is_operand(parameter)) slot.option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
    slot.option->type_name(is_operand(parameter) ? "" : parameter.value);
    if (parameter.required) slot.option->required();
  }

  CLI::App& group(const std::string& name) {
    for (CLI::App* existing : app_.get_subcommands([&](CLI::App* app) { return app->get_name() == name; })) {
      return *existing;
    }
    const auto help = grammar_.groups.find(name);
    CHECK(help != grammar_.groups.end(), "a group of commands without a description: " + name);
    CLI::App* made = app_.add_subcommand(name, help->second);
    made->require_subcommand(1);
    made->fallthrough();
    return *made;
  }

  void add_command(const CommandSpec& command) {
    const std::size_t space = command.path.find(' ');
    CLI::App& parent = space == std::string::npos ? app_ : group(command.path.substr(0, space));
    CLI::App* app =
        parent.add_subcommand(command.path.substr(space == std::string::npos ? 0 : space + 1), command.summary);
    app->fallthrough();
    commands_.push_back({command.path, app, {}});
    for (const Parameter& parameter : command.parameters) add(*app, parameter, commands_.back().slots);
  }

  Invocation invocation() const {
    Invocation::Values values;
    const auto collect = [&](const Slots& slots) {
      for (const auto& slot : slots) {
        if (slot->option->count() == 0) continue;
        const bool single = slot->values.empty() && !slot->given;
        values[slot->name] = single ? std::vector<std::string>{slot->value} : slot->values;
      }
    };
    collect(global_);
    for (const Command& command : commands_) {
      if (!command.app->parsed()) continue;
      collect(command.slots);
      return Invocation(command.path, std::move(values));
    }
    CHECK(false, "CLI11 accepted a command line without a command");
  }

  /// "noonmark contest run --help" for the deepest command that was recognised.
  std::string deepest_help() {
    std::string path = grammar_.program;
    const CLI::App* at = &app_;
    while (true) {
      const std::vector<CLI::App*> parsed = const_cast<CLI::App*>(at)->get_subcommands();
      if (parsed.empty()) break;
      at = parsed.front();
      path += " " + at->get_name();
    }
    return path + " --help";
  }

  struct Command {
    std::string path;
    CLI::App* app;
    Slots slots;
  };
  CLI::App app_;
  const Grammar& grammar_;
  Slots global_;
  std::vector<Command> commands_;
};

}  // namespace

core::Result<ParsedArguments> parse_arguments(const Grammar& grammar, std::span<const std::string> arguments) {
  return Parser(grammar).parse(arguments);
}

}  // namespace noonmark::cli
