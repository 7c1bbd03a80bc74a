#include "ledger/node/pool.h"

#include <algorithm>

#include "base/core/check.h"

namespace noonmark::node {

std::optional<Refusal> Pool::check(const book::BlockHash& hash, std::size_t bytes, const runtime::Valid& valid,
                                   std::uint32_t next) const {
  if (by_hash_.contains(hash)) return Refusal{1013, "Transaction Already Imported", hash.hex()};
  if (valid.nonce < next) return refusal_of({runtime::Invalid::Reason::stale});
  if (valid.nonce - next > limits_.nonces_ahead) return refusal_of({runtime::Invalid::Reason::future});
  if (by_hash_.size() >= limits_.extrinsics || bytes > limits_.bytes - std::min(limits_.bytes, bytes_)) {
    return Refusal{1016, "Immediately Dropped", "the pool is full; try again after the next block"};
  }
  const auto account = accounts_.find(valid.signer);
  if (account == accounts_.end()) return std::nullopt;
  if (account->second.contains(valid.nonce)) {
    return Refusal{1014, "Priority is too low", "an extrinsic of this account with this nonce waits already"};
  }
  if (account->second.size() >= limits_.per_account) {
    return Refusal{1016, "Immediately Dropped",
                   "too many extrinsics of this account wait; try again after the next block"};
  }
  return std::nullopt;
}

void Pool::add(core::Bytes bytes, const book::BlockHash& hash, const runtime::Valid& valid) {
  bytes_ += bytes.size();
  by_hash_[hash] = {valid.signer, valid.nonce};
  const bool added =
      accounts_[valid.signer].try_emplace(valid.nonce, Waiting{std::move(bytes), hash, valid, ++arrivals_}).second;
  CHECK(added, "an extrinsic that check() refuses");
}

void Pool::remove(const book::BlockHash& hash) {
  const auto place = by_hash_.find(hash);
  if (place == by_hash_.end()) return;
  const auto account = accounts_.find(place->second.first);
  const auto waiting = account->second.find(place->second.second);
  bytes_ -= waiting->second.bytes.size();
  account->second.erase(waiting);
  if (account->second.empty()) accounts_.erase(account);
  by_hash_.erase(place);
}

std::vector<Waiting> Pool::prune(book::BlockNumber number, const NonceOf& nonce_of) {
  std::vector<Waiting> gone;
  for (const auto& [account, waiting] : accounts_) {
    const std::uint32_t next = nonce_of(account);
    for (const auto& [nonce, one] : waiting) {
      if (nonce < next || one.valid.valid_until <= number) gone.push_back(one);
    }
  }
  for (const Waiting& one : gone) remove(one.hash);
  return gone;
}

std::vector<const Waiting*> Pool::ready(const NonceOf& nonce_of) const {
  // Heads of the accounts' queues by arrival; taking one brings the account's next forward.
  std::map<std::uint64_t, std::pair<const Account*, Account::const_iterator>> heads;
  for (const auto& [account, waiting] : accounts_) {
    const auto first = waiting.begin();
    if (first->first == nonce_of(account)) heads[first->second.arrival] = {&waiting, first};
  }
  std::vector<const Waiting*> order;
  while (!heads.empty()) {
    const auto [account, at] = heads.begin()->second;
    heads.erase(heads.begin());
    order.push_back(&at->second);
    const auto next = std::next(at);
    if (next != account->end() && next->first == at->first + 1) heads[next->second.arrival] = {account, next};
  }
  return order;
}

std::uint32_t Pool::next_nonce(const book::AccountId& account, std::uint32_t next) const {
  const auto found = accounts_.find(account);
  if (found == accounts_.end()) return next;
  while (found->second.contains(next)) ++next;
  return next;
}

}  // namespace noonmark::node
