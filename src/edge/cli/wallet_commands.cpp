#include <algorithm>
#include <array>

#include "base/codec/text.h"
#include "base/core/files.h"
#include "base/core/random.h"
#include "crypto/sign/sr25519.h"
#include "crypto/wallet/derivation.h"
#include "crypto/wallet/encryption.h"
#include "crypto/wallet/mnemonic.h"
#include "crypto/wallet/wallet_files.h"
#include "edge/cli/commands.h"
#include "edge/cli/secret_input.h"
#include "edge/cli/table.h"
#include "edge/cli/wallet_access.h"

namespace noonmark::cli {
namespace {

namespace fs = std::filesystem;
using codec::Json;

constexpr std::uint64_t kMaxMessage = 16u << 20;

/// The key that --wallet and --hotkey name; without --hotkey the coldkey.
core::Result<wallet::KeyFiles> named_files(const Context& context) {
  const auto hotkey = context.arguments.text("--hotkey");
  if (hotkey) return wallet::hotkey_files(wallet_root(context), wallet_name(context), *hotkey);
  return wallet::coldkey_files(wallet_root(context), wallet_name(context));
}

/// Whether a new key is to be encrypted: coldkeys are, hotkeys work unattended and are not, unless told otherwise.
core::Result<bool> wants_encryption(const Invocation& arguments) {
  const bool demanded = arguments.has("--encrypt") || arguments.has("--password-file");
  if (demanded && arguments.has("--plain")) return core::usage("--plain means without a password; leave one out");
  return demanded || (!arguments.has("--hotkey") && !arguments.has("--plain"));
}

core::Result<sign::SecretText> choose_password(const Context& context) {
  if (const auto file = context.arguments.text("--password-file")) return read_secret_file(*file);
  sign::SecretText password = TRY(ask_secret("new password"));
  if (input_is_terminal()) {
    const sign::SecretText again = TRY(ask_secret("the same password again"));
    if (*again != *password) return core::invalid("the two passwords differ; nothing was written");
  }
  return password;
}

core::Result<void> store(const Context& context, const wallet::KeyFiles& files, const wallet::WalletKey& key) {
  if (!TRY(wants_encryption(context.arguments))) return wallet::create_key(files, key, std::nullopt);
  const sign::SecretText password = TRY(choose_password(context));
  return wallet::create_key(files, key, *password);
}

/// Asked before anybody types a phrase or a password in vain.
core::Result<void> check_free(const wallet::KeyFiles& files) {
  std::error_code ignored;
  for (const fs::path& path : {files.secret, files.account}) {
    if (!fs::exists(fs::symlink_status(path, ignored))) continue;
    return core::conflict(path.string() + " exists already, and a key is never written over: choose another name");
  }
  return {};
}

Json account_json(const wallet::KeyFiles& files, const sign::AccountId& account) {
  return Json::object(
      {{"address", account.ss58()}, {"public_key", "0x" + account.hex()}, {"file", files.secret.string()}});
}

core::Result<Answer> new_key(Context& context) {
  const wallet::KeyFiles files = TRY(named_files(context));
  const auto words = TRY(context.arguments.integer("--words", 12, 24)).value_or(12);
  if (words % 3 != 0) return core::usage("a phrase has 12, 15, 18, 21 or 24 words");
  TRY(check_free(files));
  sign::SecretBytes entropy(core::Bytes(static_cast<std::size_t>(words) / 3 * 4));
  core::fill_secure_random(*entropy);
  const wallet::WalletKey key = TRY(wallet::key_of_phrase(*wallet::phrase_of(*entropy)));
  TRY(store(context, files, key));
  Json document = account_json(files, key.pair.account());
  document["phrase"] = *key.phrase;
  context.output.print(document,
                       "wrote " + files.secret.string() + "\naddress  " + key.pair.account().ss58() +
                           "\n\nWrite this phrase down and keep it where nobody else finds it. Whoever has it "
                           "has the key, and\nwithout it a lost file is lost for good. It is shown only now:"
                           "\n\n  " +
                           *key.phrase + "\n");
  return Answer::yes;
}

core::Result<Answer> import_key(Context& context) {
  const wallet::KeyFiles files = TRY(named_files(context));
  TRY(check_free(files));
  const sign::SecretText uri = TRY(ask_secret("phrase, or seed (0x…)"));
  const wallet::WalletKey key = TRY(wallet::parse_secret_uri(*uri));
  TRY(store(context, files, key));
  context.output.print(account_json(files, key.pair.account()),
                       "wrote " + files.secret.string() + "\naddress  " + key.pair.account().ss58() + "\n");
  return Answer::yes;
}

/// What is known of a key without opening it; a problem is told in place of its address.
std::string address_or_problem(const wallet::KeyFiles& files) {
  const auto account = wallet::load_account(files);
  if (account.ok()) return account->ss58();
  return account.error().kind == core::ErrorKind::not_found ? "-" : account.error().message;
}

core::Result<Json> describe_wallet(const fs::path& root, const std::string& name) {
  Json hotkeys = Json::array();
  for (const std::string& hotkey : TRY(wallet::list_hotkeys(root, name))) {
    const wallet::KeyFiles files = TRY(wallet::hotkey_files(root, name, hotkey));
    hotkeys.push_back(Json::object({{"name", hotkey}, {"address", address_or_problem(files)}}));
  }
  const wallet::KeyFiles coldkey = TRY(wallet::coldkey_files(root, name));
  return Json::object({{"name", name}, {"address", address_or_problem(coldkey)}, {"hotkeys", std::move(hotkeys)}});
}

std::string wallet_table(const Json& wallets) {
  Table table({{"wallet"}, {"hotkey"}, {"address"}});
  for (const Json& one : wallets.as_array()) {
    const std::string& name = one.find("name")->as_string();
    table.add({name, "", one.find("address")->as_string()});
    for (const Json& hotkey : one.find("hotkeys")->as_array()) {
      table.add({name, hotkey.find("name")->as_string(), hotkey.find("address")->as_string()});
    }
  }
  return table.text();
}

core::Result<Answer> list_wallets(Context& context) {
  const fs::path root = wallet_root(context);
  Json wallets = Json::array();
  for (const std::string& name : TRY(wallet::list_wallets(root))) wallets.push_back(TRY(describe_wallet(root, name)));
  const std::string text = wallets.as_array().empty()
                               ? "no wallet in " + root.string() + "; make one with: noonmark wallet new\n"
                               : wallet_table(wallets);
  context.output.print(Json::object({{"folder", root.string()}, {"wallets", std::move(wallets)}}), text);
  return Answer::yes;
}

core::Result<Answer> show_wallet(Context& context) {
  if (context.arguments.has("--hotkey")) {
    const wallet::KeyFiles files = TRY(named_files(context));
    const sign::AccountId account = TRY(wallet::load_account(files));
    context.output.print(account_json(files, account), account.ss58() + "\n0x" + account.hex() + "\n");
    return Answer::yes;
  }
  const fs::path root = wallet_root(context);
  const fs::path folder = TRY(wallet::coldkey_files(root, wallet_name(context))).secret.parent_path();
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return core::not_found("there is no wallet in " + folder.string());
  const Json document = TRY(describe_wallet(root, wallet_name(context)));
  context.output.print(document, wallet_table(Json(Json::Array{document})));
  return Answer::yes;
}

core::Result<core::Bytes> message_of(const Invocation& arguments) {
  const auto text = arguments.text("--message"), file = arguments.text("--file");
  if (text.has_value() == file.has_value()) return core::usage("give either --message TEXT or --file FILE");
  if (file) return core::read_file(*file, kMaxMessage);
  return core::Bytes(text->begin(), text->end());
}

core::Result<Answer> sign_message(Context& context) {
  const core::Bytes message = TRY(message_of(context.arguments));
  const wallet::KeyFiles files = TRY(named_files(context));
  const wallet::WalletKey key = TRY(wallet::load_key(files, password_source(context)));
  const std::string signature = "0x" + codec::hex(key.pair.sign(message));
  context.output.print(Json::object({{"address", key.pair.account().ss58()}, {"signature", signature}}),
                       signature + "\n");
  return Answer::yes;
}

/// Browser wallets sign a text between <Bytes> and </Bytes>, and Bittensor's tools take that for the text, too.
core::Bytes wrapped(core::ByteView message) {
  constexpr std::string_view kOpen = "<Bytes>", kClose = "</Bytes>";
  core::Bytes bytes(kOpen.begin(), kOpen.end());
  bytes.insert(bytes.end(), message.begin(), message.end());
  bytes.insert(bytes.end(), kClose.begin(), kClose.end());
  return bytes;
}

core::Result<Answer> verify_message(Context& context) {
  const core::Bytes message = TRY(message_of(context.arguments));
  const sign::AccountId account = TRY(sign::AccountId::parse(*context.arguments.text("ADDRESS")));
  const std::string text = *context.arguments.text("SIGNATURE");
  const auto bytes = codec::parse_hex(std::string_view(text).substr(text.starts_with("0x") ? 2 : 0));
  sign::Sr25519Signature signature;
  if (!bytes.ok() || bytes->size() != signature.size()) {
    return core::invalid("a signature is 128 hexadecimal digits, with or without 0x");
  }
  std::copy(bytes->begin(), bytes->end(), signature.begin());
  const bool valid =
      verify_sr25519(account, message, signature) || verify_sr25519(account, wrapped(message), signature);
  context.output.print(Json::object({{"address", account.ss58()}, {"valid", valid}}),
                       valid ? "the signature is valid\n" : "the signature is not valid\n");
  return valid ? Answer::yes : Answer::no;
}

using Parameters = std::vector<Parameter>;

Parameters with(Parameters parameters, const Parameters& more) {
  parameters.insert(parameters.end(), more.begin(), more.end());
  return parameters;
}

}  // namespace

std::vector<Command> wallet_commands() {
  // The dotted names are those of Bittensor's own tools.
  const Parameters folder = {
      {"--wallet.path,--wallet-path", "DIR", "Folder of the wallets (default: ~/.bittensor/wallets)", false, false}};
  const Parameters name = with(folder, {{"--wallet.name,--wallet", "NAME", "Wallet (default: default)", false, false}});
  const Parameters key = with(
      name, {{"--wallet.hotkey,--hotkey", "NAME", "The hotkey of that name instead of the coldkey", false, false}});
  const Parameters file = {
      {"--password-file", "FILE", "File with the password, readable by you only (else it is asked for)", false, false}};
  const Parameters closing = with(file, {{"--encrypt", "", "Encrypt a hotkey, too", false, false},
                                         {"--plain", "", "Leave a coldkey without a password", false, false}});
  const Parameters message = {{"--message", "TEXT", "The text", false, false},
                              {"--file", "FILE", "A file with the bytes instead", false, false}};
  return {
      {{"wallet new", "Make a new key, store it and print its phrase once",
        with(with(key, closing), {{"--words", "N", "Words of the phrase, 12 to 24 (default: 12)", false, false}})},
       new_key},
      {{"wallet list", "List wallets, their keys and addresses", folder}, list_wallets},
      {{"wallet show", "Show the addresses of one wallet or hotkey", key}, show_wallet},
      {{"wallet import", "Store the key of a phrase or seed, typed or on stdin", with(key, closing)}, import_key},
      {{"wallet sign", "Sign a message", with(with(key, file), message)}, sign_message},
      {{"wallet verify", "Say whether a signature is valid",
        with({{"ADDRESS", "", "Who is said to have signed (SS58, or 64 hexadecimal digits)", true, false},
              {"SIGNATURE", "", "128 hexadecimal digits", true, false}},
             message)},
       verify_message},
  };
}

}  // namespace noonmark::cli
