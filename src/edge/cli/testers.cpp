#include "edge/cli/testers.h"

#include <charconv>

#include "base/core/files.h"
#include "crypto/sign/key_file.h"
#include "crypto/wallet/wallet_files.h"
#include "edge/tester/leased_trial.h"

namespace noonmark::cli {

core::Result<sign::Sr25519Pair> hot_key(const Context& context, const std::filesystem::path& key_file) {
  const auto name = context.arguments.text("--wallet"), hotkey = context.arguments.text("--hotkey");
  if (name || hotkey) {
    const std::filesystem::path home = context.environment("HOME").value_or(".");
    const std::filesystem::path root =
        context.arguments.text("--wallet-path").value_or((home / ".bittensor/wallets").string());
    const auto no_password = [](const std::filesystem::path& file) -> core::Result<sign::SecretText> {
      return core::denied(file.string() +
                          " is encrypted; a tester works unattended: give it a hot key without a password");
    };
    const auto files = TRY(wallet::hotkey_files(root, name.value_or("default"), hotkey.value_or("default")));
    wallet::WalletKey key = TRY(wallet::load_key(files, no_password));
    return std::move(key.pair);
  }
  TRY(core::make_directories(std::filesystem::absolute(key_file).parent_path()));
  const sign::SecretKey key = TRY(sign::load_or_create_key_file(key_file));
  return sign::Sr25519Pair(key.seed());
}

core::Result<Listening> parse_address(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  const core::Error problem = core::usage("'" + std::string(text) + "' must be HOST:PORT or http://HOST:PORT");
  if (text.starts_with(kScheme)) text.remove_prefix(kScheme.size());
  if (text.ends_with('/')) text.remove_suffix(1);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return problem;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  Listening address{std::string(host), 0};
  const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (host.empty() || wrong != std::errc() || end != digits.data() + digits.size()) return problem;
  return address;
}

core::Result<std::unique_ptr<tester::Desk>> open_desk(Context& context, const std::string& address,
                                                      const sign::AccountId& account,
                                                      const std::vector<std::string>& testers) {
  if (testers.empty()) return core::usage("name those who may take work: --tester SS58");
  const Listening listening = TRY(parse_address(address));
  tester::DeskSettings settings;
  settings.endpoint = server::Endpoint::tcp(listening.host, listening.port);
  settings.account = account;
  for (const std::string& text : testers) settings.testers.insert(TRY(sign::AccountId::parse(text)));
  TRY(core::make_directories(context.settings.home()));
  settings.fence = context.settings.home() / ("requests-to-" + account.ss58());
  auto desk = TRY(tester::Desk::start(std::move(settings), context.clock));
  context.log.info("waiting for testers",
                   {{"host", listening.host}, {"port", std::to_string(desk->port())}, {"account", account.ss58()}});
  return desk;
}

void use_testers(Context& context, validator::HoldRequest& request, tester::Desk& desk) {
  request.delegate = [&context, &desk](const validator::Delegation& to) -> std::unique_ptr<conduct::Trial> {
    const tester::Place place{to.database, to.pictures, to.folder / "testers"};
    return std::make_unique<tester::LeasedTrial>(to.own, desk, place, lease::Settings{},
                                                 std::string("noonmark ") + std::string(kVersion), context.clock,
                                                 context.stop, to.on_progress);
  };
}

}  // namespace noonmark::cli
