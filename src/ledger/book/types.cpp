#include "ledger/book/types.h"

#include <algorithm>

#include "base/codec/text.h"
#include "crypto/hash/blake2b.h"
#include "ledger/book/ledger.h"
#include "ledger/scale/codec.h"

namespace noonmark::book {

std::string BlockHash::hex() const { return "0x" + codec::hex(bytes); }

const Neuron* Metagraph::find(const AccountId& hotkey) const {
  const auto found = std::ranges::find(neurons, hotkey, &Neuron::hotkey);
  return found == neurons.end() ? nullptr : &*found;
}

BlockHash weight_commit_digest(const AccountId& hotkey, const RevealWeights& reveal) {
  scale::Writer writer;
  writer.raw(hotkey.bytes).number(reveal.netuid);
  writer.compact(reveal.weights.size());
  for (const Weight& weight : reveal.weights) writer.number(weight.uid);
  writer.compact(reveal.weights.size());
  for (const Weight& weight : reveal.weights) writer.number(weight.value);
  writer.compact(reveal.salt.size());
  for (const std::uint16_t word : reveal.salt) writer.number(word);
  writer.number(reveal.version);
  return BlockHash{hash::blake2b_256(writer.view())};
}

}  // namespace noonmark::book
