#include "edge/network/members.h"

#include <algorithm>

#include "base/codec/fields.h"
#include "base/core/files.h"
#include "base/core/random.h"
#include "crypto/wallet/mnemonic.h"
#include "crypto/wallet/wallet_files.h"
#include "edge/network/ports.h"

namespace noonmark::network {
namespace {

constexpr int kFormat = 1;
constexpr std::uint64_t kMaxFile = 1u << 20;
constexpr std::string_view kName = "network.json", kGenesisName = "genesis.json", kKey = "default";

core::Result<AccountId> key_of(const wallet::KeyFiles& files) {
  std::error_code ignored;
  if (std::filesystem::exists(files.secret, ignored)) return wallet::load_account(files);
  std::array<std::uint8_t, 16> entropy{};
  core::fill_secure_random(entropy);
  const wallet::WalletKey key = TRY(wallet::key_of_phrase(*wallet::phrase_of(entropy)));
  TRY(wallet::create_key(files, key, std::nullopt));
  return key.pair.account();
}

core::Result<AccountId> hotkey_of(const Member& member) {
  const wallet::KeyFiles files = TRY(wallet::hotkey_files(member.wallets(), kKey, kKey));
  return key_of(files);
}

core::Result<AccountId> coldkey_of(const std::filesystem::path& folder, std::string_view name) {
  const wallet::KeyFiles files = TRY(wallet::coldkey_files(folder / "owner" / "wallets", name));
  return key_of(files);
}

/// Everybody, without ports and keys.
Network members_of(const std::filesystem::path& folder, const LineUp& line_up) {
  const auto member = [&](const std::string& name) { return Member{name, folder / name, 0, {}}; };
  Network network{folder, member("node"), {}, {}, member("gateway"), {}, folder / kGenesisName};
  for (std::size_t i = 1; i <= line_up.stakes.size(); ++i) {
    network.validators.push_back(member("validator-" + std::to_string(i)));
  }
  for (const std::string& name : line_up.miners) network.miners.push_back(member(name));
  for (std::size_t i = 1; i <= line_up.workers; ++i) network.workers.push_back(member("worker-" + std::to_string(i)));
  return network;
}

std::vector<Member*> on_chain(Network& network) {
  std::vector<Member*> all = {&network.node};
  for (Member& one : network.validators) all.push_back(&one);
  for (Member& one : network.miners) all.push_back(&one);
  return all;
}

std::vector<Member*> serving(Network& network) {
  if (network.workers.empty()) return {};
  std::vector<Member*> all = {&network.gateway};
  for (Member& one : network.workers) all.push_back(&one);
  return all;
}

std::vector<Member*> everybody(Network& network) {
  std::vector<Member*> all = on_chain(network);
  for (Member* const one : serving(network)) all.push_back(one);
  return all;
}

core::Result<runtime::Genesis> genesis_of(const Network& network, const LineUp& line_up) {
  runtime::Genesis genesis;
  genesis.chain = "Noonmark of " + network.folder.filename().string();
  genesis.sudo = TRY(coldkey_of(network.folder, "owner"));
  genesis.block_time_ms = line_up.block_time_ms;
  runtime::Genesis::Subnet subnet;
  subnet.owner = genesis.sudo;
  subnet.owner_hotkey = network.validators.at(0).hotkey;
  subnet.tempo = line_up.tempo;
  subnet.weights_rate_limit = 0;
  for (std::size_t i = 0; i < network.validators.size(); ++i) {
    const Member& one = network.validators[i];
    // The owner has a validator of its own: the chain wants its hot key under its cold key.
    const AccountId coldkey = i == 0 ? genesis.sudo : TRY(coldkey_of(network.folder, one.name));
    subnet.neurons.push_back({one.hotkey, coldkey, line_up.stakes[i], true});
  }
  for (const Member& one : network.miners) {
    subnet.neurons.push_back({one.hotkey, TRY(coldkey_of(network.folder, one.name)), 0, false});
  }
  genesis.subnets.push_back(std::move(subnet));
  return genesis;
}

/// A folder, a port and a key for each.
core::Result<void> equip(const std::vector<Member*>& members, const Network& network) {
  const std::vector<std::uint16_t> ports = TRY(free_ports(members.size()));
  for (std::size_t i = 0; i < ports.size(); ++i) {
    Member& one = *members[i];
    one.port = ports[i];
    TRY(core::make_directories(one.home));
    if (&one != &network.node) one.hotkey = TRY(hotkey_of(one));
  }
  return {};
}

core::Result<void> write_ports(Network& network) {
  codec::Json::Object named;
  for (const Member* const one : everybody(network))
    named[one->name] = codec::Json(static_cast<std::int64_t>(one->port));
  const codec::Json file = codec::Json::object({{"format", kFormat}, {"ports", codec::Json(std::move(named))}});
  return core::write_file_atomic(network.folder / kName, codec::write_pretty(file) + "\n");
}

/// The ports are the last thing that is written when a network is made: with them, everything else is there.
core::Result<void> make(Network& network, const LineUp& line_up) {
  TRY(equip(everybody(network), network));
  const runtime::Genesis genesis = TRY(genesis_of(network, line_up));
  TRY(core::write_file_atomic(network.genesis, codec::write_pretty(runtime::to_json(genesis)) + "\n"));
  return write_ports(network);
}

core::Result<void> read_member(Member& one, const codec::Json& port, const Network& network) {
  if (!port.is_integer() || port.as_integer() < 1 || port.as_integer() > 65'535) {
    return core::corrupt("the port of " + one.name + " is none");
  }
  one.port = static_cast<std::uint16_t>(port.as_integer());
  if (&one != &network.node) one.hotkey = TRY(hotkey_of(one));
  return {};
}

core::Result<void> read(Network& network, const std::string& text) {
  const codec::Json json = TRY(codec::parse_json(text));
  const codec::Json* const format = json.find("format");
  const codec::Json* const ports = json.find("ports");
  if (format == nullptr || *format != codec::Json(kFormat) || ports == nullptr || !ports->is_object()) {
    return core::corrupt("not a network of this program's format " + std::to_string(kFormat));
  }
  for (Member* const one : on_chain(network)) {
    const codec::Json* const port = ports->find(one->name);
    if (port == nullptr) return core::conflict("a network without " + one->name + " lives there; name another folder");
    TRY(read_member(*one, *port, network));
  }
  std::vector<Member*> missing;
  for (Member* const one : serving(network)) {
    const codec::Json* const port = ports->find(one->name);
    if (port == nullptr) missing.push_back(one);
    if (port != nullptr) TRY(read_member(*one, *port, network));
  }
  if (ports->as_object().size() + missing.size() != everybody(network).size()) {
    return core::conflict("a network with other members lives there; name another folder");
  }
  if (missing.empty()) return {};
  TRY(equip(missing, network));
  return write_ports(network);
}

}  // namespace

core::Result<Network> Network::open(const std::filesystem::path& folder, const LineUp& line_up) {
  Network network = members_of(folder, line_up);
  std::error_code ignored;
  if (!std::filesystem::exists(folder / kName, ignored)) {
    TRY(core::make_directories(folder));
    TRY(make(network, line_up));
    return network;
  }
  const std::string text = TRY(core::read_text(folder / kName, kMaxFile));
  TRY(read(network, text).context((folder / kName).string()));
  return network;
}

std::string Network::name_of(const AccountId& hotkey) const {
  for (const auto* group : {&validators, &miners}) {
    const auto found = std::ranges::find(*group, hotkey, &Member::hotkey);
    if (found != group->end()) return found->name;
  }
  return hotkey.ss58();
}

}  // namespace noonmark::network
