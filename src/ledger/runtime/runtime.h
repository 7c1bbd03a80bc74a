#pragma once

#include <memory>

#include "ledger/runtime/genesis.h"
#include "ledger/runtime/machine.h"
#include "ledger/scale/metadata.h"

namespace noonmark::runtime {

/// The embedded chain: subtensor's rules, as far as a contest needs them, over any storage. What differs from the real
/// chain: stake is TAO itself, one for one (no pool, no price); a fixed fee of 125 000 rao, burned; a fixed emission
/// per block, shared evenly by the subnets that have started; a fixed price of registration; at its tempo a subnet
/// gives 18 % to its owner and the rest by Yuma consensus; finality at once.
/// Pure: the same storage and extrinsics give the same block, everywhere. Threads: const, any.
class Runtime final : public Machine {
 public:
  /// Fails: invalid when the genesis contradicts itself.
  static core::Result<std::unique_ptr<Runtime>> open(Genesis genesis);

  core::ByteView metadata() const override { return metadata_bytes_; }
  codec::Json version() const override;
  core::Result<Changes> genesis() const override { return genesis_changes_; }
  core::Result<Validity> validate(const StateView& state, const BlockContext& next,
                                  core::ByteView extrinsic) const override;
  core::Result<Executed> execute(const StateView& parent, const BlockContext& next,
                                 std::span<const core::Bytes> offered) const override;
  core::Result<std::uint32_t> nonce(const StateView& state, const book::AccountId& account) const override;
  core::Result<core::Bytes> call(const StateView& state, const BlockContext& at, std::string_view method,
                                 core::ByteView arguments) const override;
  core::Result<codec::Json> fee(const StateView& state, core::ByteView extrinsic) const override;

  const Genesis& settings() const { return settings_; }
  const scale::Metadata& described() const { return metadata_; }

 private:
  Runtime() = default;
  core::Result<void> build_genesis();

  Genesis settings_;
  scale::Metadata metadata_;
  core::Bytes metadata_bytes_;
  Changes genesis_changes_;
};

/// What exists and where: balances, stakes, emission that waits. Everything that was ever issued is there or burned.
struct Audit {
  book::Rao balances = 0, stakes = 0, pending = 0, burned = 0, issued = 0;
  bool balanced() const { return balances + stakes + pending + burned == issued; }
};
core::Result<Audit> audit(const StateView& state);

}  // namespace noonmark::runtime
