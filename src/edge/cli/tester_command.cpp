#include "edge/cli/commands.h"
#include "edge/cli/equip.h"
#include "edge/cli/hold_contest.h"
#include "edge/cli/testers.h"
#include "edge/tester/tester.h"

namespace noonmark::cli {
namespace {

core::Result<Answer> run_tester(Context& context) {
  const Invocation& arguments = context.arguments;
  const std::filesystem::path key_file = arguments.text("--key").value_or(context.settings.text("key_file"));
  const sign::Sr25519Pair key = TRY(hot_key(context, key_file));
  const std::string account = key.account().ss58();
  if (arguments.has("--print-account")) {
    context.output.print(codec::Json::object({{"account", account}}), account + "\n");
    return Answer::yes;
  }
  const auto validator = arguments.text("--validator"), validator_account = arguments.text("--validator-account");
  if (!validator || !validator_account)
    return core::usage("name the validator: --validator URL --validator-account SS58");
  const Listening address = TRY(parse_address(*validator));
  tester::TesterSettings settings;
  settings.validator = client::Address::tcp(address.host, address.port);
  settings.account = TRY(sign::AccountId::parse(*validator_account));
  settings.folder = arguments.text("--folder").value_or((context.settings.home() / "testers" / account).string());
  settings.features = find_features();
  settings.program = std::string("noonmark ") + std::string(kVersion);
  const validator::Equipment equipment = TRY(equip(context));
  context.log.info("tester", {{"account", account}, {"validator", *validator}});
  TRY(tester::work_for(equipment, settings, key, context.clock, context.stop, [&](std::string_view note) {
    context.log.info("tester", {{"what", std::string(note)}});
  }));
  return Answer::yes;
}

}  // namespace

std::vector<Command> tester_commands() {
  return {{{"tester",
            "Measure and judge entries on this machine for a validator, until it is stopped",
            {{"--validator", "URL", "The validator's desk: http://HOST:PORT", false, false},
             {"--validator-account", "SS58", "Account of the validator's hot key", false, false},
             {"--wallet", "NAME", "Wallet of this tester's hot key", false, false},
             {"--hotkey", "NAME", "Hot key in the wallet (default: default)", false, false},
             {"--wallet-path", "DIR", "Where wallets lie (default: ~/.bittensor/wallets)", false, false},
             {"--key", "FILE", "A key file instead of a wallet (default: the setting key_file)", false, false},
             {"--folder", "DIR", "Where packages and pictures go (default: below the data directory)", false, false},
             {"--print-account", "", "Print this tester's account, for the validator's list, and end", false, false}}},
           run_tester}};
}

}  // namespace noonmark::cli
