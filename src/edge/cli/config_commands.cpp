#include "base/codec/json.h"
#include "edge/cli/commands.h"
#include "edge/cli/table.h"

namespace noonmark::cli {
namespace {

core::Result<Answer> print_config(Context& context) {
  codec::Json document = codec::Json::object();
  Table table({{"setting"}, {"value"}, {"from"}, {"what it is"}});
  for (const SettingSpec& spec : setting_specs()) {
    const SettingValue& value = context.settings.values().find(spec.key)->second;
    document[spec.key] = codec::Json::object({{"value", value.value}, {"origin", value.origin}});
    table.add({spec.key, value.value, value.origin, spec.help});
  }
  context.output.print(document, table.text());
  return Answer::yes;
}

/// The settings were resolved before the command ran, so that a wrong one never gets here.
core::Result<Answer> check_config(Context& context) {
  context.output.print(codec::Json::object({{"ok", true}}), "the configuration is in order\n");
  return Answer::yes;
}

}  // namespace

std::vector<Command> config_commands() {
  return {{{"config print", "Print every setting, its value and where it comes from", {}}, print_config},
          {{"config check", "Check the configuration file and the environment", {}}, check_config}};
}

}  // namespace noonmark::cli
