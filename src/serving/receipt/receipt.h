#pragma once

#include <string>
#include <string_view>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "crypto/hash/hash.h"
#include "crypto/sign/account.h"
#include "crypto/sign/sr25519.h"

namespace noonmark::receipt {

/// What a worker says about an answer that it gave, under its ledger key: which package made it, on what, and what it
/// was. Who has the answer can check that it is the one, and whom to hold to it.
struct Receipt {
  std::string trace;     ///< the request's name, as x-request-id tells it
  std::string model;     ///< as it was offered
  std::string package;   ///< content digest in hex; empty: not a package
  std::string runtime;   ///< "onnxruntime 1.30.0", or the foreign server's address
  std::string device;    ///< the processor's or accelerator's name
  hash::Digest request;  ///< SHA-256 of the body that the worker got
  hash::Digest answer;   ///< SHA-256 of the whole answer that the worker gave
  core::UnixNanos time{};
  sign::AccountId worker;
  bool operator==(const Receipt&) const = default;
};

/// One line of canonical JSON with the signature. `key`: the worker's, whose account is put in.
std::string sign(Receipt receipt, const sign::Sr25519Pair& key);

/// Fails: invalid (not a receipt, with the member's name), denied (not signed by the worker that it names).
core::Result<Receipt> verify(std::string_view text);

}  // namespace noonmark::receipt
