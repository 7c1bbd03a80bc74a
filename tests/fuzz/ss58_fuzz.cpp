#include <cstdint>
#include <string_view>

#include "base/core/check.h"
#include "crypto/sign/account.h"

// Names of accounts: whatever is accepted is written and read again as the same account.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using noonmark::sign::AccountId;
  const auto account = AccountId::parse({reinterpret_cast<const char*>(data), size});
  if (!account.ok()) return 0;
  for (const std::uint16_t prefix : {0, 42, 63, 64, 16383}) {
    CHECK(AccountId::parse(account->ss58(prefix)).value() == *account);
  }
  return 0;
}
