#include <cstdint>
#include <string_view>

#include "base/core/check.h"
#include "crypto/wallet/derivation.h"
#include "crypto/wallet/mnemonic.h"

// Phrases and secret URIs. A phrase has one written form, which stands for the same entropy; a key that remembers its
// phrase is the key of that phrase.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto entropy = wallet::parse_phrase(text);
  if (entropy.ok()) CHECK(**wallet::parse_phrase(*wallet::phrase_of(**entropy)) == **entropy);
  const auto key = wallet::parse_secret_uri(text);
  if (key.ok() && !key->phrase->empty()) {
    CHECK(wallet::key_of_phrase(*key->phrase)->pair.account() == key->pair.account());
  }
  return 0;
}
