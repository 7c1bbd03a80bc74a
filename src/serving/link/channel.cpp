#include "serving/link/channel.h"

#include <algorithm>

#include "base/core/check.h"
#include "crypto/hash/blake2b.h"

namespace noonmark::link {
namespace {

constexpr std::string_view kMagic = "NMK1";
constexpr std::size_t kClear = 4 + 32 + 32;
constexpr std::size_t kProof = sizeof(sign::Sr25519Signature) + box::kOverhead;

std::string text_of(core::ByteView bytes) { return std::string(core::as_text(bytes)); }

}  // namespace

std::string Channel::clear_part() const {
  return std::string(kMagic) + text_of(moment_->public_key()) + text_of(key_->account().bytes);
}

core::Result<void> Channel::read_clear_part(std::string_view message) {
  if (message.size() < kClear || !message.starts_with(kMagic)) {
    return core::corrupt("the other side doesn't speak this version of the link; is it a gateway, and as new?");
  }
  std::ranges::copy(message.substr(kMagic.size(), 32), their_moment_.begin());
  std::ranges::copy(message.substr(kMagic.size() + 32, 32), peer_.bytes.begin());
  if (expected_ && peer_ != *expected_) {
    return core::denied("the gateway there is " + peer_.ss58() + ", not " + expected_->ss58());
  }
  const std::string theirs(message.substr(0, kClear)), ours = clear_part();
  transcript_ = role_ == Role::worker ? ours + theirs : theirs + ours;
  return {};
}

core::Result<void> Channel::derive_keys() {
  const box::Shared shared = TRY(moment_->shared_with(their_moment_));
  const auto key = [&](std::string_view direction) {
    return box::derive(shared, core::as_bytes("noonmark link " + std::string(direction) + transcript_));
  };
  const box::Shared down = key("gateway to worker "), up = key("worker to gateway ");
  sealer_ = std::make_unique<box::Sealer>(role_ == Role::gateway ? down : up);
  opener_ = std::make_unique<box::Opener>(role_ == Role::gateway ? up : down);
  moment_.reset();
  return {};
}

core::Bytes Channel::signed_by(Role signer) const {
  const std::string text =
      std::string("noonmark link, ") + (signer == Role::gateway ? "gateway: " : "worker: ") + transcript_;
  const auto digest = hash::blake2b_256(core::as_bytes(text));
  return {digest.begin(), digest.end()};
}

std::string Channel::own_proof() { return text_of(sealer_->seal(key_->sign(signed_by(role_)))); }

core::Result<void> Channel::check_proof(std::string_view proof) {
  if (proof.size() != kProof) return core::corrupt("the other side's proof has a wrong size");
  const core::Bytes opened = TRY(opener_->open(core::as_bytes(proof)));
  sign::Sr25519Signature signature{};
  std::ranges::copy(opened, signature.begin());
  const Role other = role_ == Role::gateway ? Role::worker : Role::gateway;
  if (sign::verify_sr25519(peer_, signed_by(other), signature)) return {};
  return core::denied("the other side doesn't hold the key of " + peer_.ss58());
}

std::string Channel::hello() {
  CHECK(role_ == Role::worker);
  return clear_part();
}

core::Result<std::string> Channel::establish(std::string_view message) {
  CHECK(!established_);
  if (role_ == Role::gateway && !sealer_) {
    if (message.size() != kClear) return core::corrupt("a worker's first message has a wrong size");
    TRY(read_clear_part(message));
    const std::string clear = clear_part();
    TRY(derive_keys());
    return clear + own_proof();
  }
  if (role_ == Role::gateway) {
    TRY(check_proof(message));
    established_ = true;
    return std::string();
  }
  TRY(read_clear_part(message));
  TRY(derive_keys());
  TRY(check_proof(message.substr(kClear)));
  established_ = true;
  return own_proof();
}

std::string Channel::seal(std::string_view message) {
  CHECK(established_);
  return text_of(sealer_->seal(core::as_bytes(message)));
}

core::Result<std::string> Channel::open(std::string_view message) {
  CHECK(established_);
  return text_of(TRY(opener_->open(core::as_bytes(message))));
}

}  // namespace noonmark::link
