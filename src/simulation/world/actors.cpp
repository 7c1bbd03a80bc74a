#include "simulation/world/actors.h"

namespace noonmark::world {

std::string_view name_of(MinerKind kind) {
  switch (kind) {
    case MinerKind::honest:
      return "honest miner";
    case MinerKind::absent:
      return "absent miner";
    case MinerKind::copier:
      return "copier";
    case MinerKind::squatter:
      return "squatter";
    case MinerKind::sybil:
      return "sybil, one cold key";
    case MinerKind::wide_sybil:
      return "sybil, many cold keys";
    case MinerKind::garbage:
      return "garbage";
    case MinerKind::sleeper:
      return "sleeper";
    case MinerKind::look_up:
      return "look-up table";
    case MinerKind::memory_thief:
      return "memory thief";
  }
  return "";
}

std::string_view name_of(ValidatorKind kind) {
  switch (kind) {
    case ValidatorKind::honest:
      return "honest validator";
    case ValidatorKind::weight_copier:
      return "weight copier";
    case ValidatorKind::lazy:
      return "lazy validator";
    case ValidatorKind::bribed:
      return "bribed validators";
  }
  return "";
}

AccountId account_of(std::string_view name) {
  AccountId account;
  const hash::Digest digest = hash::sha256("noonmark simulated account\n" + std::string(name));
  std::copy(digest.bytes.begin(), digest.bytes.end(), account.bytes.begin());
  return account;
}

}  // namespace noonmark::world
