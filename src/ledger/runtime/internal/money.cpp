#include "ledger/runtime/internal/dispatch.h"

namespace noonmark::runtime {

void credit(Scene& scene, const AccountId& account, Rao amount) {
  if (amount == 0) return;
  AccountInfo info = scene.state.get(item::kAccount, account);
  info.data.free += amount;
  info.providers = 1;
  scene.state.put(item::kAccount, account, info);
}

bool debit(Scene& scene, const AccountId& account, Rao amount) {
  AccountInfo info = scene.state.get(item::kAccount, account);
  if (info.data.free < amount) return false;
  info.data.free -= amount;
  scene.state.put(item::kAccount, account, info);
  return true;
}

void burn(Scene& scene, Rao amount) {
  scene.state.put(item::kBurned, scene.state.get(item::kBurned) + amount);
  scene.state.put(item::kBalancesIssued, scene.state.get(item::kBalancesIssued) - amount);
}

void issue(Scene& scene, Rao amount) {
  scene.state.put(item::kIssued, scene.state.get(item::kIssued) + amount);
  scene.state.put(item::kBalancesIssued, scene.state.get(item::kBalancesIssued) + amount);
}

void add_stake(Scene& scene, const AccountId& hotkey, const AccountId& coldkey, NetUid netuid, Rao amount) {
  Storage& state = scene.state;
  state.put(item::kAlpha, hotkey, coldkey, netuid, state.get(item::kAlpha, hotkey, coldkey, netuid) + amount);
  state.put(item::kTotalHotkeyAlpha, hotkey, netuid, state.get(item::kTotalHotkeyAlpha, hotkey, netuid) + amount);
  state.put(item::kStaked, state.get(item::kStaked) + amount);
}

Outcome transfer(Scene& scene, const AccountId& from, const AccountId& to, Rao amount, bool keep_alive) {
  const Rao free = scene.state.get(item::kAccount, from).data.free;
  if (free < amount) return failed("Balances", "InsufficientBalance");
  Rao rest = from == to ? free : free - amount;
  if (keep_alive && rest < kExistentialDeposit) return failed("Balances", "Expendability");
  const bool new_account = scene.state.get(item::kAccount, to).data.free == 0;
  if (new_account && amount < kExistentialDeposit) return failed("Balances", "ExistentialDeposit");
  debit(scene, from, amount);
  credit(scene, to, amount);
  if (rest > 0 && rest < kExistentialDeposit) {  // what is too little for an account is dust
    debit(scene, from, rest);
    burn(scene, rest);
  }
  scene.events.add(event::Transfer{from, to, amount});
  return {};
}

Outcome run(Scene& scene, const AccountId& signer, const call::AddStake& call) {
  Storage& state = scene.state;
  if (!state.get(item::kNetworksAdded, call.netuid)) return failed("SubtensorModule", "SubnetNotExists");
  if (!state.get(item::kSubtokenEnabled, call.netuid)) return failed("SubtensorModule", "SubtokenDisabled");
  if (!state.has(item::kOwner, call.hotkey)) return failed("SubtensorModule", "HotKeyAccountNotExists");
  if (call.amount_staked < kExistentialDeposit) return failed("SubtensorModule", "AmountTooLow");
  if (!debit(scene, signer, call.amount_staked)) return failed("SubtensorModule", "NotEnoughBalanceToStake");
  add_stake(scene, call.hotkey, signer, call.netuid, call.amount_staked);
  scene.events.add(event::StakeAdded{signer, call.hotkey, call.amount_staked, call.netuid});
  return {};
}

Outcome run(Scene& scene, const AccountId& signer, const call::RemoveStake& call) {
  Storage& state = scene.state;
  const Rao staked = state.get(item::kAlpha, call.hotkey, signer, call.netuid);
  if (call.amount_unstaked == 0) return failed("SubtensorModule", "AmountTooLow");
  if (staked < call.amount_unstaked) return failed("SubtensorModule", "NotEnoughStakeToWithdraw");
  const Rao total = state.get(item::kTotalHotkeyAlpha, call.hotkey, call.netuid);
  if (staked == call.amount_unstaked) state.remove(item::kAlpha, call.hotkey, signer, call.netuid);
  if (staked > call.amount_unstaked)
    state.put(item::kAlpha, call.hotkey, signer, call.netuid, staked - call.amount_unstaked);
  state.put(item::kTotalHotkeyAlpha, call.hotkey, call.netuid, total - call.amount_unstaked);
  state.put(item::kStaked, state.get(item::kStaked) - call.amount_unstaked);
  credit(scene, signer, call.amount_unstaked);
  scene.events.add(event::StakeRemoved{signer, call.hotkey, call.amount_unstaked, call.netuid});
  return {};
}

}  // namespace noonmark::runtime
