#pragma once

#include <cstring>
#include <string>

#include "ledger/runtime/machine.h"

namespace noonmark::node::testing {

/// A runtime without pallets for tests of the node: an extrinsic is signer 32 | nonce u32 LE | last block u32 LE | text
/// "key=value", and sets that key. The text "bad" is refused with Custom(11); "fail=" is dropped in its block.
class ToyMachine final : public runtime::Machine {
 public:
  static core::Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

  static core::Bytes extrinsic(std::uint8_t signer, std::uint32_t nonce, std::string_view text,
                               std::uint32_t valid_until = UINT32_MAX) {
    core::Bytes out(32, signer);
    for (const std::uint32_t number : {nonce, valid_until}) {
      for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(number >> shift));
    }
    out.insert(out.end(), text.begin(), text.end());
    return out;
  }

  core::ByteView metadata() const override { return metadata_; }
  codec::Json version() const override { return codec::Json::object({{"specName", "toy"}, {"specVersion", 1}}); }
  core::Result<runtime::Changes> genesis() const override {
    return runtime::Changes{{bytes("a"), bytes("1")}, {bytes("ab"), bytes("2")}, {bytes("b"), bytes(seed)}};
  }

  core::Result<runtime::Validity> validate(const runtime::StateView& state, const runtime::BlockContext& next,
                                           core::ByteView raw) const override {
    const Parsed parsed = parse(raw);
    if (parsed.text.empty()) return runtime::Validity(runtime::Invalid{runtime::Invalid::Reason::bad_format});
    if (parsed.text == "bad") return runtime::Validity(runtime::Invalid{runtime::Invalid::Reason::custom, 11});
    if (parsed.nonce < TRY(nonce(state, parsed.signer)))
      return runtime::Validity(runtime::Invalid{runtime::Invalid::Reason::stale});
    if (parsed.valid_until < next.number)
      return runtime::Validity(runtime::Invalid{runtime::Invalid::Reason::ancient_birth_block});
    return runtime::Validity(runtime::Valid{parsed.signer, parsed.nonce, parsed.valid_until});
  }

  core::Result<runtime::Executed> execute(const runtime::StateView& parent, const runtime::BlockContext& next,
                                          std::span<const core::Bytes> offered) const override {
    runtime::Executed executed;
    executed.extrinsics.push_back(bytes("inherent " + std::to_string(next.number)));
    std::map<book::AccountId, std::uint32_t> nonces;
    for (const core::Bytes& raw : offered) {
      const Parsed parsed = parse(raw);
      if (!nonces.contains(parsed.signer)) nonces[parsed.signer] = TRY(nonce(parent, parsed.signer));
      if (parsed.text == "fail=") {
        executed.outcomes.push_back(runtime::Executed::Outcome::dropped);
        continue;
      }
      if (parsed.nonce != nonces[parsed.signer]) {
        executed.outcomes.push_back(runtime::Executed::Outcome::postponed);
        continue;
      }
      ++nonces[parsed.signer];
      const auto sign = parsed.text.find('=');
      const std::string value = parsed.text.substr(sign + 1);
      executed.changes[bytes(parsed.text.substr(0, sign))] = value.empty() ? std::nullopt : std::optional(bytes(value));
      executed.extrinsics.push_back(raw);
      executed.outcomes.push_back(runtime::Executed::Outcome::included);
    }
    for (const auto& [account, number] : nonces) {
      core::Bytes value(4);
      std::memcpy(value.data(), &number, 4);
      executed.changes[nonce_key(account)] = value;
    }
    return executed;
  }

  core::Result<std::uint32_t> nonce(const runtime::StateView& state, const book::AccountId& account) const override {
    const auto value = TRY(state.get(nonce_key(account)));
    std::uint32_t number = 0;
    if (value) std::memcpy(&number, value->data(), 4);
    return number;
  }

  core::Result<core::Bytes> call(const runtime::StateView&, const runtime::BlockContext& at, std::string_view method,
                                 core::ByteView arguments) const override {
    if (method != "Toy_echo") return core::invalid("there is no runtime API " + std::string(method));
    core::Bytes out(arguments.begin(), arguments.end());
    out.push_back(static_cast<std::uint8_t>(at.number));
    return out;
  }
  core::Result<codec::Json> fee(const runtime::StateView&, core::ByteView) const override {
    return codec::Json::object({{"partialFee", "7"}});
  }

  std::string seed = "3";

 private:
  struct Parsed {
    book::AccountId signer;
    std::uint32_t nonce = 0, valid_until = 0;
    std::string text;
  };
  static Parsed parse(core::ByteView raw) {
    Parsed parsed;
    if (raw.size() <= 40) return parsed;
    std::memcpy(parsed.signer.bytes.data(), raw.data(), 32);
    std::memcpy(&parsed.nonce, raw.data() + 32, 4);
    std::memcpy(&parsed.valid_until, raw.data() + 36, 4);
    parsed.text = core::as_text(raw.subspan(40));
    return parsed;
  }
  static core::Bytes nonce_key(const book::AccountId& account) {
    core::Bytes key = bytes("nonce");
    key.insert(key.end(), account.bytes.begin(), account.bytes.end());
    return key;
  }

  core::Bytes metadata_ = bytes("meta");
};

}  // namespace noonmark::node::testing
