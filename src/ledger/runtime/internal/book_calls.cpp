#include "ledger/runtime/internal/book_calls.h"

namespace noonmark::runtime {
namespace {

constexpr std::size_t kMaxRaw = 128;  // Data::Raw128 is the longest

std::vector<std::uint16_t> uids(const std::vector<book::Weight>& weights) {
  std::vector<std::uint16_t> uids;
  for (const book::Weight& weight : weights) uids.push_back(weight.uid);
  return uids;
}
std::vector<std::uint16_t> values(const std::vector<book::Weight>& weights) {
  std::vector<std::uint16_t> values;
  for (const book::Weight& weight : weights) values.push_back(weight.value);
  return values;
}

struct Translator {
  AnyCall operator()(const book::Transfer& c) const { return {call::TransferKeepAlive{{c.to}, {c.amount}}}; }
  AnyCall operator()(const book::RegisterSubnet& c) const { return {call::RegisterNetwork{c.hotkey}}; }
  AnyCall operator()(const book::StartSubnet& c) const { return {call::StartCall{c.netuid}}; }
  AnyCall operator()(const book::Register& c) const { return {call::BurnedRegister{c.netuid, c.hotkey}}; }
  AnyCall operator()(const book::AddStake& c) const { return {call::AddStake{c.hotkey, c.netuid, c.amount}}; }
  AnyCall operator()(const book::RemoveStake& c) const { return {call::RemoveStake{c.hotkey, c.netuid, c.amount}}; }
  AnyCall operator()(const book::Commit& c) const { return {call::SetCommitment{c.netuid, {{Data{c.data}}}}}; }
  AnyCall operator()(const book::ServeAxon& c) const {
    const book::Axon& axon = c.axon;
    return {call::ServeAxon{c.netuid, axon.version, number_of_ip(axon.ip), axon.port, axon.ip_type, axon.protocol}};
  }
  AnyCall operator()(const book::SetWeights& c) const {
    return {call::SetWeights{c.netuid, uids(c.weights), values(c.weights), c.version}};
  }
  AnyCall operator()(const book::CommitWeights& c) const { return {call::CommitWeights{c.netuid, c.digest.bytes}}; }
  AnyCall operator()(const book::RevealWeights& c) const {
    return {call::RevealWeights{c.netuid, uids(c.weights), values(c.weights), c.salt, c.version}};
  }
};

}  // namespace

core::Result<AnyCall> call_of(const book::Call& call) {
  const auto* commit = std::get_if<book::Commit>(&call);
  if (commit != nullptr && commit->data.size() > kMaxRaw) return core::invalid("a commitment has at most 128 bytes");
  return std::visit(Translator{}, call);
}

scale::U128 number_of_ip(const std::array<std::uint8_t, 16>& ip) {
  scale::U128 number;
  for (std::size_t i = 0; i < 8; ++i) number.high = number.high << 8 | ip[i];
  for (std::size_t i = 8; i < 16; ++i) number.low = number.low << 8 | ip[i];
  return number;
}

std::array<std::uint8_t, 16> ip_of_number(scale::U128 number) {
  std::array<std::uint8_t, 16> ip{};
  for (std::size_t i = 0; i < 8; ++i) {
    ip[15 - i] = static_cast<std::uint8_t>(number.low >> (8 * i));
    ip[7 - i] = static_cast<std::uint8_t>(number.high >> (8 * i));
  }
  return ip;
}

}  // namespace noonmark::runtime
