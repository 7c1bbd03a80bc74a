#pragma once

#include "base/core/result.h"
#include "crypto/sign/sr25519.h"
#include "model/package/manifest.h"

namespace noonmark::package {

/// Says in the manifest that the key which enters the package into a contest made it: sr25519 over
/// "noonmark package 1\n" ‖ content digest in hex. It stands outside of the content digest, so a package can be
/// endorsed after it was sealed. Sign first: sign_manifest() changes the content.
void endorse(Manifest& manifest, const sign::Sr25519Pair& key);

/// Whether `account` endorsed exactly this content. Fails: denied, with what to do.
core::Result<void> check_endorsement(const Manifest& manifest, const sign::AccountId& account);

}  // namespace noonmark::package
