#include "edge/cli/wallet_access.h"

#include "crypto/wallet/encryption.h"
#include "edge/cli/secret_input.h"

namespace noonmark::cli {
namespace {

core::Result<sign::Sr25519Pair> load(const Context& context, const wallet::KeyFiles& files) {
  wallet::WalletKey key = TRY(wallet::load_key(files, password_source(context)));
  return std::move(key.pair);
}

}  // namespace

std::vector<Parameter> wallet_parameters() {
  return {{"--wallet.name,--wallet", "NAME", "Wallet (default: default)", false, false},
          {"--wallet.hotkey,--hotkey", "NAME", "Its hotkey (default: default)", false, false},
          {"--wallet.path,--wallet-path", "DIR", "Folder of the wallets (default: ~/.bittensor/wallets)", false, false},
          {"--password-file", "FILE", "File with the key's password, readable by you only (else it is asked for)",
           false, false}};
}

std::filesystem::path wallet_root(const Context& context) {
  if (const auto given = context.arguments.text("--wallet-path")) return *given;
  return std::filesystem::path(context.environment("HOME").value_or(".")) / ".bittensor/wallets";
}

std::string wallet_name(const Context& context) { return context.arguments.text("--wallet").value_or("default"); }

wallet::PasswordSource password_source(const Context& context) {
  return [&context](const std::filesystem::path& secret) -> core::Result<sign::SecretText> {
    if (const auto file = context.arguments.text("--password-file")) return read_secret_file(*file);
    const std::string variable = wallet::password_variable(secret);
    if (const auto value = context.environment(variable)) return wallet::decode_password(variable, *value);
    return ask_secret("password of " + secret.string());
  };
}

core::Result<sign::Sr25519Pair> load_hotkey(const Context& context) {
  const std::string hotkey = context.arguments.text("--hotkey").value_or("default");
  return load(context, TRY(wallet::hotkey_files(wallet_root(context), wallet_name(context), hotkey)));
}

core::Result<sign::Sr25519Pair> load_coldkey(const Context& context) {
  return load(context, TRY(wallet::coldkey_files(wallet_root(context), wallet_name(context))));
}

}  // namespace noonmark::cli
