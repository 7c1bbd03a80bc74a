#include "edge/backup/backup.h"
#include "edge/cli/commands.h"
#include "edge/cli/table.h"

namespace noonmark::cli {
namespace {

void tell(Context& context, const backup::Contents& contents, const std::string& from, const std::string& to) {
  context.output.print(codec::Json::object({{"from", from},
                                            {"to", to},
                                            {"files", static_cast<std::int64_t>(contents.files)},
                                            {"bytes", static_cast<std::int64_t>(contents.bytes)},
                                            {"keys", contents.keys}}),
                       std::to_string(contents.files) + " files, " + byte_text(static_cast<double>(contents.bytes)) +
                           ", from " + from + " to " + to +
                           (contents.keys ? "; with secret keys: keep it where nobody else reads it\n"
                                          : "; secret keys are not in it\n"));
}

core::Result<Answer> make_backup(Context& context) {
  const std::string target = *context.arguments.text("--to");
  const std::filesystem::path home = context.settings.home();
  const backup::Contents contents =
      TRY(backup::make(home, target, {.with_keys = context.arguments.has("--with-keys")}, [&](std::string_view file) {
        context.log.debug("saved", {{"file", std::string(file)}});
      }));
  tell(context, contents, home.string(), target);
  return Answer::yes;
}

core::Result<Answer> restore_backup(Context& context) {
  const std::string from = *context.arguments.text("--from");
  const std::filesystem::path home = context.settings.home();
  const backup::Contents contents = TRY(backup::restore(from, home, [&](std::string_view file) {
    context.log.debug("restored", {{"file", std::string(file)}});
  }));
  tell(context, contents, from, home.string());
  return Answer::yes;
}

}  // namespace

std::vector<Command> backup_commands() {
  return {{{"backup",
            "Copy everything that must not be lost of this user's data directory, while programs run",
            {{"--to", "DIR", "A new folder", true, false}, {"--with-keys", "", "Secret keys too", false, false}}},
           make_backup},
          {{"restore",
            "Put a backup into an empty data directory (--home)",
            {{"--from", "DIR", "What 'backup' made", true, false}}},
           restore_backup}};
}

}  // namespace noonmark::cli
