#pragma once

#include "ledger/runtime/internal/calls.h"
#include "ledger/runtime/internal/outcome.h"

// What calls do. Each function answers nothing when it worked; then, and only then, its changes count.
namespace noonmark::runtime {

/// The block that is being made, as far as calls may see it.
struct Scene {
  Storage& state;
  Events& events;
  std::uint64_t block = 0;
};

/// Who asks: an account that signed, or nobody, which stands for the chain's own root.
using Origin = std::optional<AccountId>;

inline constexpr Rao kExistentialDeposit = 500, kFee = 125'000;
/// No more is ever issued, so that no sum of what exists can overflow.
inline constexpr Rao kMostMoney = INT64_MAX;

// Money. Everything that exists is somebody's balance or stake, or a subnet's emission that waits for its epoch.
void credit(Scene& scene, const AccountId& account, Rao amount);
/// False, and nothing done, when there is less.
bool debit(Scene& scene, const AccountId& account, Rao amount);
void burn(Scene& scene, Rao amount);
void issue(Scene& scene, Rao amount);
void add_stake(Scene& scene, const AccountId& hotkey, const AccountId& coldkey, NetUid netuid, Rao amount);

// Subnets and neurons.
/// Makes the next subnet with its owner's hot key as its first neuron.
NetUid add_subnet(Scene& scene, const AccountId& owner, const AccountId& owner_hotkey);
/// Gives `hotkey` a uid, that of the least paid neuron when the subnet is full; nothing when none may go.
std::optional<Uid> add_neuron(Scene& scene, NetUid netuid, const AccountId& hotkey);

/// Whether its sender pays the fee.
bool pays_fee(const AnyCall& call);
Outcome dispatch(Scene& scene, const Origin& origin, const AnyCall& call);

// By pallet.
Outcome transfer(Scene& scene, const AccountId& from, const AccountId& to, Rao amount, bool keep_alive);
Outcome run(Scene& scene, const AccountId& signer, const call::AddStake& call);
Outcome run(Scene& scene, const AccountId& signer, const call::RemoveStake& call);
Outcome run(Scene& scene, const AccountId& signer, const call::BurnedRegister& call);
Outcome run(Scene& scene, const AccountId& signer, const call::RegisterNetwork& call);
Outcome run(Scene& scene, const AccountId& signer, const call::StartCall& call);
Outcome run(Scene& scene, const AccountId& signer, const call::ServeAxon& call);
Outcome run(Scene& scene, const AccountId& signer, const call::SetWeights& call);
Outcome run(Scene& scene, const AccountId& signer, const call::CommitWeights& call);
Outcome run(Scene& scene, const AccountId& signer, const call::RevealWeights& call);
Outcome run(Scene& scene, const AccountId& signer, const call::SetCommitment& call);

/// Nothing, or the pool's number for why this call can't work now (subtensor's transaction extension, which looks at
/// calls that cost nothing: one that fails for a fee may stand in a block). What it does to the storage is for the bin.
std::optional<std::uint8_t> precheck(Scene& scene, const AccountId& signer, const AnyCall& call);

/// Emission and, at a subnet's tempo, its epoch.
void end_block(Scene& scene);

/// Nothing is stored where nothing is open.
void put_commits(Scene& scene, NetUid netuid, const AccountId& hotkey, const Commits& commits);
/// When `commit_block`'s weights may be revealed: first and last block.
std::pair<std::uint64_t, std::uint64_t> reveal_window(Scene& scene, NetUid netuid, std::uint64_t commit_block);

}  // namespace noonmark::runtime
