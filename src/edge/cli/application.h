#pragma once
#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec/json.h"
#include "base/core/clock.h"
#include "base/core/result.h"
#include "base/telemetry/log.h"
#include "base/telemetry/screen.h"
#include "edge/cli/arguments.h"
#include "edge/cli/exit_code.h"
#include "edge/cli/settings.h"

namespace noonmark::cli {

/// Where results go: stdout, one JSON document with --json, else text for people. Progress and logs never come here.
class Output {
 public:
  using Writer = std::function<bool(std::string_view)>;  ///< false when the bytes could not be written

  Output(Writer writer, bool json) : writer_(std::move(writer)), json_(json) {}

  bool wants_json() const { return json_; }
  /// Prints `document` when JSON is wanted, else `text`.
  void print(const codec::Json& document, std::string_view text);
  /// A line for people only.
  void note(std::string_view line);
  bool failed() const { return failed_; }

 private:
  void write(std::string_view text) { failed_ = !writer_(text) || failed_; }
  const Writer writer_;
  const bool json_;
  bool failed_ = false;
};

/// What a command works with. Everything is borrowed for the duration of the command.
struct Context {
  const Invocation& arguments;
  const Settings& settings;
  const Environment& environment;
  Output& output;
  telemetry::Screen& screen;
  const telemetry::Log& log;
  core::Clock& clock;
  const std::atomic<bool>& stop;  ///< SIGTERM or SIGINT came: finish the current step and return cancelled
};

/// What a command that worked says: yes (exit code 0) or no (1).
enum class Answer { yes, no };

struct Command {
  CommandSpec spec;
  std::function<core::Result<Answer>(Context&)> run;
};

/// The process around the program, so that tests can stand in for it.
struct Surroundings {
  Environment environment;
  Output::Writer out;
  telemetry::Screen::Writer err;
  bool err_is_terminal = false;
  int columns = 80;
  core::Clock& clock;
  const std::atomic<bool>& stop;
};

inline constexpr std::string_view kVersion = NOONMARK_VERSION;

/// Finds the command, resolves the settings, runs it, and tells a failure in one line on stderr ("noonmark: …").
/// Fails: never; the exit code says everything.
ExitCode run_application(const std::vector<Command>& commands, std::span<const std::string> arguments,
                         const Surroundings& surroundings);

/// The grammar of `commands` with the global options. Public for tests and for the generated documentation.
Grammar make_grammar(const std::vector<Command>& commands);

}  // namespace noonmark::cli
