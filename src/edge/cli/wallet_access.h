#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "crypto/sign/sr25519.h"
#include "crypto/wallet/wallet_files.h"
#include "edge/cli/application.h"

namespace noonmark::cli {

/// --wallet, --hotkey, --wallet-path (with the spellings of Bittensor's tools) and --password-file.
std::vector<Parameter> wallet_parameters();

std::filesystem::path wallet_root(const Context& context);
std::string wallet_name(const Context& context);

/// The password of an existing file: --password-file, else the variable of Bittensor's tools, else somebody types it.
/// Borrows the context.
wallet::PasswordSource password_source(const Context& context);

/// The keys that --wallet and --hotkey (default: default) name. Fails: as wallet::load_key.
core::Result<sign::Sr25519Pair> load_hotkey(const Context& context);
core::Result<sign::Sr25519Pair> load_coldkey(const Context& context);

}  // namespace noonmark::cli
