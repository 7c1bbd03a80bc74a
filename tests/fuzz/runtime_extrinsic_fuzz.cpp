// Foreign bytes as an extrinsic, or as the call in one: no block comes to harm, and no money comes or goes.
#include <algorithm>
#include <cstdint>

#include "base/core/check.h"
#include "ledger/runtime/runtime.h"
#include "ledger/scale/extrinsic.h"

namespace {

using namespace noonmark;

book::AccountId account(std::uint8_t n) {
  book::AccountId id;
  id.bytes.fill(n);
  return id;
}

runtime::Genesis genesis() {
  runtime::Genesis genesis;
  genesis.sudo = account(1);
  genesis.endowed = {{account(1), 1'000'000'000'000}, {account(3), 1'000'000'000'000}};
  for (const bool sealed : {false, true}) {
    runtime::Genesis::Subnet subnet;
    subnet.owner = account(1);
    subnet.owner_hotkey = account(2);
    subnet.tempo = 2;
    subnet.max_uids = 3;
    subnet.weights_rate_limit = 0;
    subnet.commit_reveal = sealed;
    subnet.neurons = {{account(4), account(3), 1'000'000'000, true}, {account(5), account(3), 0, false}};
    genesis.subnets.push_back(subnet);
  }
  return genesis;
}

struct Chain {
  Chain() { state.apply(machine->genesis().value()); }
  std::unique_ptr<runtime::Runtime> machine = runtime::Runtime::open(genesis()).value();
  runtime::MemoryState state;
};

/// The first byte says who signs; 0: the rest is a whole extrinsic.
core::Bytes extrinsic_of(const runtime::Runtime& machine, core::ByteView data) {
  const core::ByteView rest = data.subspan(1);
  if (data[0] == 0) return {rest.begin(), rest.end()};
  const auto prepared = scale::prepare(machine.described(), {rest.begin(), rest.end()}, {}).value();
  return prepared.with_signature(account(static_cast<std::uint8_t>(1 + data[0] % 6)), {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Chain chain;
  if (size == 0) return 0;
  const core::Bytes extrinsic = extrinsic_of(*chain.machine, {data, size});
  runtime::MemoryState state = chain.state;
  for (book::BlockNumber number = 1; number <= 3; ++number) {
    const runtime::BlockContext next{number, {}, core::UnixNanos(std::chrono::seconds(number))};
    chain.machine->validate(state, next, extrinsic).value();
    const core::Bytes offered[] = {extrinsic, extrinsic};
    state.apply(chain.machine->execute(state, next, offered).value().changes);
    CHECK(runtime::audit(state).value().balanced());
  }
  return 0;
}
