#include <cstdint>
#include <string_view>

#include "base/core/check.h"
#include "crypto/wallet/wallet_key.h"

// The plain text of a wallet's key files: a key that is accepted is written and read again as the same key.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto key = wallet::parse_key_text(text); key.ok()) {
    CHECK(wallet::parse_key_text(*wallet::write_key_text(*key))->pair.expanded() == key->pair.expanded());
  }
  if (const auto account = wallet::parse_account_text(text); account.ok()) {
    CHECK(wallet::parse_account_text(wallet::write_account_text(*account)).value() == *account);
  }
  return 0;
}
