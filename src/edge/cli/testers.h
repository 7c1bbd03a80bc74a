#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/sign/sr25519.h"
#include "edge/cli/application.h"
#include "edge/tester/desk.h"
#include "edge/validator/hold.h"

namespace noonmark::cli {

/// The hot key that --wallet, --hotkey and --wallet-path name; without them, the one that the seed in a key file stands
/// for, which is made when missing. Fails: as wallet::load_key; denied for a key with a password, which works
/// unattended nowhere.
core::Result<sign::Sr25519Pair> hot_key(const Context& context, const std::filesystem::path& key_file);

struct Listening {
  std::string host;
  std::uint16_t port = 0;
};
/// "HOST:PORT", "[ADDRESS]:PORT", or either behind "http://". Fails: usage.
core::Result<Listening> parse_address(std::string_view text);

/// Opens the desk for testers at `address`. Its fence lies in the data directory. Fails: usage, as Desk::start.
core::Result<std::unique_ptr<tester::Desk>> open_desk(Context& context, const std::string& address,
                                                      const sign::AccountId& account,
                                                      const std::vector<std::string>& testers);

/// Has the contest's trials carried out by the desk's testers. `desk` must outlive the holding.
void use_testers(Context& context, validator::HoldRequest& request, tester::Desk& desk);

}  // namespace noonmark::cli
