#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace noonmark::cli {

/// An option ("--out", or "-o,--out" with a short form) or, with a bare upper-case name, an operand ("FILE").
struct Parameter {
  std::string name;
  std::string value;  ///< placeholder of the value, "DIR"; empty for a switch; ignored for operands
  std::string help;
  bool required = false;
  bool repeated = false;  ///< may be given several times
};

/// One subcommand as data: "contest run" stands under the group "contest".
struct CommandSpec {
  std::string path;
  std::string summary;
  std::vector<Parameter> parameters;
};

/// What a person asked for. A plain value.
class Invocation {
 public:
  using Values = std::map<std::string, std::vector<std::string>, std::less<>>;

  Invocation() = default;
  Invocation(std::string command, Values values) : command_(std::move(command)), values_(std::move(values)) {}

  const std::string& command() const { return command_; }
  bool has(std::string_view name) const { return values_.contains(name); }
  /// The value given, or nothing.
  std::optional<std::string> text(std::string_view name) const;
  /// All values given, in order.
  std::vector<std::string> texts(std::string_view name) const;
  /// Fails: usage when the value isn't an integer in [min, max].
  core::Result<std::optional<std::int64_t>> integer(std::string_view name, std::int64_t min, std::int64_t max) const;
  /// Fails: usage when the value isn't a finite number in [min, max].
  core::Result<std::optional<double>> number(std::string_view name, double min, double max) const;

 private:
  std::string command_;
  Values values_;
};

/// Either an invocation, or a text (help, version) to print instead of doing anything.
struct ParsedArguments {
  Invocation invocation;
  std::optional<std::string> print;
};

/// The whole command line as data.
struct Grammar {
  std::string program;
  std::string version;
  std::string summary;
  std::map<std::string, std::string> groups;  ///< "contest" -> one line of help
  std::vector<Parameter> global;              ///< accepted before and after the subcommand
  std::vector<CommandSpec> commands;
};

/// Parses `arguments` (without the program's name). Pure.
/// Fails: usage, with the nearest help command in the message.
core::Result<ParsedArguments> parse_arguments(const Grammar& grammar, std::span<const std::string> arguments);

}  // namespace noonmark::cli
