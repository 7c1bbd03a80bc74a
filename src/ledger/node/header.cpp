#include "ledger/node/header.h"

#include "base/codec/text.h"
#include "crypto/hash/blake2b.h"
#include "ledger/scale/codec.h"

namespace noonmark::node {

std::string hex0x(core::ByteView bytes) { return "0x" + codec::hex(bytes); }

book::BlockHash extrinsic_hash(core::ByteView extrinsic) { return {hash::blake2b_256(extrinsic)}; }

book::BlockHash Header::hash() const {
  scale::Writer writer;
  writer.raw(parent.bytes).compact(number).raw(state_root.bytes).raw(extrinsics_root.bytes).compact(0);
  return {hash::blake2b_256(writer.view())};
}

codec::Json Header::json() const {
  char text[16];
  std::snprintf(text, sizeof(text), "0x%x", number);
  return codec::Json::object({{"parentHash", parent.hex()},
                              {"number", text},
                              {"stateRoot", state_root.hex()},
                              {"extrinsicsRoot", extrinsics_root.hex()},
                              {"digest", codec::Json::object({{"logs", codec::Json::array()}})}});
}

book::BlockHash state_root(const book::BlockHash& before, const runtime::Changes& changes) {
  scale::Writer writer;
  writer.raw(before.bytes).compact(changes.size());
  for (const auto& [key, value] : changes) {
    writer.bytes(key).boolean(value.has_value());
    if (value) writer.bytes(*value);
  }
  return {hash::blake2b_256(writer.view())};
}

book::BlockHash extrinsics_root(std::span<const core::Bytes> extrinsics) {
  scale::Writer writer;
  writer.compact(extrinsics.size());
  for (const core::Bytes& extrinsic : extrinsics) writer.bytes(extrinsic);
  return {hash::blake2b_256(writer.view())};
}

}  // namespace noonmark::node
