#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "crypto/box/box.h"
#include "crypto/sign/account.h"
#include "crypto/sign/sr25519.h"

namespace noonmark::link {

/// An encrypted channel between a worker and a gateway that have proved their accounts to each other. Knows bytes only;
/// who carries them is another's business.
///
/// Each side makes an X25519 key of the moment. Three messages are exchanged:
///
///   worker  → gateway   "NMK1" ‖ key ‖ account
///   gateway → worker    "NMK1" ‖ key ‖ account ‖ box(signature)
///   worker  → gateway   box(signature)
///
/// The keys of both directions come from the shared secret and the transcript (all that is in clear). Each signature is
/// the account's over the transcript and the signer's role. So each side knows that the other holds its account's key
/// and took part in this very exchange: a message of another connection, another role or another peer fits nothing. Who
/// stands between can cut the connection, and sees accounts and sizes; he can neither read nor alter, repeat or leave
/// out a message unseen. Keys that leak later open no earlier connection.
///
/// Threads: seal() on one at a time and the rest on one at a time; the two may differ.
class Channel {
 public:
  static Channel of_gateway(const sign::Sr25519Pair& key) { return Channel(Role::gateway, key, {}); }
  /// `gateway`: whom the other side must prove to be; nothing: anybody.
  static Channel of_worker(const sign::Sr25519Pair& key, std::optional<sign::AccountId> gateway) {
    return Channel(Role::worker, key, gateway);
  }

  /// A worker's first message. To be sent before anything comes.
  std::string hello();
  /// Takes the other side's message while the channel isn't established; what is to be sent back, which may be empty.
  /// Fails: denied (a wrong signature, another account than expected), corrupt. The connection is then of no use.
  core::Result<std::string> establish(std::string_view message);
  bool established() const { return established_; }
  /// Of the other side. Proved once established.
  const sign::AccountId& peer() const { return peer_; }

  /// Requires established().
  std::string seal(std::string_view message);
  /// Fails: denied. Requires established().
  core::Result<std::string> open(std::string_view message);

 private:
  enum class Role { gateway, worker };
  Channel(Role role, const sign::Sr25519Pair& key, std::optional<sign::AccountId> expected)
      : role_(role), key_(&key), expected_(expected), moment_(box::MomentKey::generate()) {}

  std::string clear_part() const;
  core::Result<void> read_clear_part(std::string_view message);
  core::Result<void> derive_keys();
  core::Bytes signed_by(Role signer) const;
  std::string own_proof();
  core::Result<void> check_proof(std::string_view proof);

  Role role_;
  const sign::Sr25519Pair* key_;
  std::optional<sign::AccountId> expected_;
  std::optional<box::MomentKey> moment_;  // forgotten once the keys are there
  box::MomentKey::Public their_moment_{};
  sign::AccountId peer_;
  std::string transcript_;  // a worker's clear part, then the gateway's
  std::unique_ptr<box::Sealer> sealer_;
  std::unique_ptr<box::Opener> opener_;
  bool established_ = false;
};

}  // namespace noonmark::link
