#include "model/package/endorsement.h"

namespace noonmark::package {
namespace {

std::string endorsed_message(const Manifest& manifest) {
  return "noonmark package 1\n" + content_digest(manifest).hex();
}

}  // namespace

void endorse(Manifest& manifest, const sign::Sr25519Pair& key) {
  const std::string message = endorsed_message(manifest);
  manifest.endorsement = Endorsement{key.account(), key.sign(core::as_bytes(message))};
}

core::Result<void> check_endorsement(const Manifest& manifest, const sign::AccountId& account) {
  if (!manifest.endorsement) {
    return core::denied("the package isn't endorsed by the key that enters it (" + account.ss58() +
                        "); run 'noonmark package endorse' with that hot key");
  }
  if (manifest.endorsement->account != account) {
    return core::denied("the package is endorsed by " + manifest.endorsement->account.ss58() + ", not by " +
                        account.ss58() + ", which enters it");
  }
  const std::string message = endorsed_message(manifest);
  if (sign::verify_sr25519(account, core::as_bytes(message), manifest.endorsement->signature)) return {};
  return core::denied("the endorsement isn't by " + account.ss58() +
                      " over this content; the package was changed after it: endorse it again");
}

}  // namespace noonmark::package
