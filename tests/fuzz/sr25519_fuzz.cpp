#include <algorithm>
#include <cstdint>

#include "base/core/check.h"
#include "crypto/sign/sr25519.h"

// Signatures from others: 32 bytes of account, 64 of signature, the rest is the message. Only what was signed verifies,
// and one known key's signature is never accepted with any byte changed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  if (size < 96) return 0;
  sign::AccountId account;
  sign::Sr25519Signature signature;
  std::copy_n(data, 32, account.bytes.begin());
  std::copy_n(data + 32, 64, signature.begin());
  const core::ByteView message(data + 96, size - 96);
  CHECK(!sign::verify_sr25519(account, message, signature), "nobody finds a signature by guessing");

  static const sign::Sr25519Pair pair(sign::Seed::from_bytes(std::array<std::uint8_t, 32>{7}));
  sign::Sr25519Signature changed = pair.sign(message);
  bool same = true;
  for (std::size_t i = 0; i < 64; ++i) {
    same = same && signature[i] == 0;
    changed[i] ^= signature[i];
  }
  CHECK(sign::verify_sr25519(pair.account(), message, changed) == same);
  return 0;
}
