#include "ledger/client/chain_client.h"

#include <algorithm>

#include "base/codec/text.h"
#include "ledger/client/calls.h"
#include "ledger/client/snapshot.h"
#include "ledger/scale/codec.h"
#include "ledger/scale/extrinsic.h"

namespace noonmark::client {
namespace {

using codec::Json;
using scale::Value;
using scale::Writer;

core::Error nonsense(std::string_view what) {
  return core::corrupt("the ledger's node answers nonsense (" + std::string(what) + "); use another endpoint");
}

core::Result<book::BlockHash> hash_of(const Json& json) {
  const core::Bytes bytes = TRY(bytes_of(json));
  book::BlockHash hash;
  if (bytes.size() != hash.bytes.size()) return nonsense("a hash of another length");
  std::ranges::copy(bytes, hash.bytes.begin());
  return hash;
}

core::Bytes key(const book::AccountId& account) { return {account.bytes.begin(), account.bytes.end()}; }
core::Bytes key(std::uint16_t number) { return Writer().number(number).take(); }

/// "0x1b1", also with zeros in front.
core::Result<std::uint64_t> hex_number(const Json* json) {
  if (json == nullptr || !json->is_string()) return nonsense("a header without number");
  const std::string& text = json->as_string();
  if (text.size() < 3 || text.size() > 18 || !text.starts_with("0x")) return nonsense("a header's number");
  std::uint64_t value = 0;
  for (const char c : std::string_view(text).substr(2)) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return nonsense("a header's number");
    value = value << 4 | static_cast<std::uint64_t>(digit);
  }
  return value;
}

core::Result<std::int64_t> version_of(const Json& json, std::string_view name) {
  const Json* value = json.find(name);
  if (value == nullptr || !value->is_integer()) return nonsense("state_getRuntimeVersion");
  return value->as_integer();
}

/// The name of what ended a call: "Pallet.Error" for a module's, else the variant's ("BadOrigin").
std::string error_in(const scale::Metadata& metadata, const Value& dispatch_error) {
  const Value& error = dispatch_error.inner();
  if (error.text == "Module" && !error.items.empty()) {
    const Value* index = error.items[0].find("index");
    const Value* number = error.items[0].find("error");
    if (index != nullptr && number != nullptr && !number->bytes.empty()) {
      return metadata.error_name(static_cast<std::uint8_t>(index->number.low), number->bytes[0]);
    }
  }
  return error.items.empty() ? error.text : error.text + "." + error.items[0].inner().text;
}

}  // namespace

/// A signed call on its way.
struct ChainClient::Sent {
  std::string hex;                       // of the extrinsic, as blocks show it
  book::BlockNumber next = 0, last = 0;  // the blocks that may hold it and haven't been looked at
};

core::Result<std::unique_ptr<ChainClient>> ChainClient::open(Rpc& rpc, core::Clock& clock, Settings settings) {
  std::unique_ptr<ChainClient> client(new ChainClient(rpc, clock, settings));
  const Json genesis = TRY(rpc.call("chain_getBlockHash", {0}));
  client->genesis_ = TRY(hash_of(genesis));
  if (settings.genesis && *settings.genesis != client->genesis_) {
    return core::denied("the ledger is another network: its genesis is " + client->genesis_.hex() + ", wanted is " +
                        settings.genesis->hex());
  }
  TRY(client->refresh());
  return client;
}

core::Result<void> ChainClient::refresh() {
  const Json version = TRY(rpc_.call("state_getRuntimeVersion", {}));
  const std::int64_t spec = TRY(version_of(version, "specVersion"));
  if (spec == spec_version_) return {};
  const Json text = TRY(rpc_.call("state_getMetadata", {}));
  const core::Bytes bytes = TRY(bytes_of(text));
  metadata_ = TRY(scale::decode_metadata(bytes));
  transaction_version_ = TRY(version_of(version, "transactionVersion"));
  spec_version_ = spec;
  return {};
}

core::Result<book::BlockNumber> ChainClient::number_of_block(const book::BlockHash& hash) {
  const Json header = TRY(rpc_.call("chain_getHeader", {hash.hex()}));
  const std::uint64_t number = TRY(hex_number(header.find("number")));
  if (number > UINT32_MAX) return nonsense("a header's number");
  return static_cast<book::BlockNumber>(number);
}

core::Result<book::BlockRef> ChainClient::head() {
  const Json answer = TRY(rpc_.call("chain_getFinalizedHead", {}));
  const book::BlockHash hash = TRY(hash_of(answer));
  const book::BlockNumber number = TRY(number_of_block(hash));
  finalised_ = std::max(finalised_, number);
  return book::BlockRef{number, hash};
}

core::Result<book::BlockRef> ChainClient::block(book::BlockNumber number) {
  if (number > finalised_) TRY(head());
  const auto missing = core::not_found("the ledger has no finalised block " + std::to_string(number) + " yet");
  if (number > finalised_) return missing;
  const Json answer = TRY(rpc_.call("chain_getBlockHash", {static_cast<std::int64_t>(number)}));
  if (answer.is_null()) return missing;
  return book::BlockRef{number, TRY(hash_of(answer))};
}

core::Result<core::UnixNanos> ChainClient::block_time(const book::BlockRef& at) {
  Snapshot state(rpc_, metadata_, at);
  const auto now = TRY(state.read("Timestamp", "Now", {}));
  const std::uint64_t milliseconds = TRY(number_of(*now, INT64_MAX / 1'000'000));
  return core::UnixNanos(std::chrono::milliseconds(milliseconds));
}

core::Result<book::Account> ChainClient::account(const book::AccountId& who, const book::BlockRef& at) {
  Snapshot state(rpc_, metadata_, at);
  const auto info = TRY(state.read("System", "Account", {key(who)}));
  const Value* nonce = info->find("nonce");
  const Value* data = info->find("data");
  if (nonce == nullptr || data == nullptr)
    return core::invalid("this chain's accounts have another form; update this program");
  const Value *free = data->find("free"), *reserved = data->find("reserved");
  if (free == nullptr || reserved == nullptr)
    return core::invalid("this chain's accounts have another form; update this program");
  book::Account account;
  account.nonce = static_cast<std::uint32_t>(TRY(number_of(*nonce, UINT32_MAX)));
  account.free = TRY(number_of(*free));
  account.reserved = TRY(number_of(*reserved));
  return account;
}

core::Result<std::vector<book::Commitment>> ChainClient::commitments(book::NetUid netuid, const book::BlockRef& at) {
  Snapshot state(rpc_, metadata_, at);
  std::vector<book::Commitment> all;
  const auto pairs = TRY(state.pairs("Commitments", "CommitmentOf", key(netuid), book::AccountId::kSize));
  for (const Snapshot::Pair& pair : pairs) {
    const Value *block = pair.value.find("block"), *info = pair.value.find("info");
    const Value* fields = info == nullptr ? nullptr : &info->inner();
    if (block == nullptr || fields == nullptr)
      return core::invalid("this chain's commitments have another form; update this program");
    book::Commitment commitment;
    std::ranges::copy(pair.key, commitment.hotkey.bytes.begin());
    commitment.block = static_cast<book::BlockNumber>(TRY(number_of(*block, UINT32_MAX)));
    for (const Value& field : fields->items) {  // Data::Raw0 … Raw128; others (hashes, sealed ones) hold nothing for us
      if (!field.text.starts_with("Raw") || field.items.empty()) continue;
      const core::Bytes& raw = field.items[0].inner().bytes;
      commitment.data.insert(commitment.data.end(), raw.begin(), raw.end());
    }
    all.push_back(std::move(commitment));
  }
  std::ranges::sort(all, {}, &book::Commitment::hotkey);
  return all;
}

core::Result<std::vector<book::WeightRow>> ChainClient::weights(book::NetUid netuid, const book::BlockRef& at) {
  Snapshot state(rpc_, metadata_, at);
  std::vector<book::WeightRow> rows;
  for (const Snapshot::Pair& pair : TRY(state.pairs("SubtensorModule", "Weights", key(netuid), 2))) {
    book::WeightRow row;
    row.validator = static_cast<book::Uid>(pair.key[0] | pair.key[1] << 8);
    for (const Value& weight : pair.value.items) {
      if (weight.items.size() != 2) return nonsense("a weight");
      const std::uint64_t uid = TRY(number_of(weight.items[0], UINT16_MAX));
      const std::uint64_t value = TRY(number_of(weight.items[1], UINT16_MAX));
      row.weights.push_back({static_cast<book::Uid>(uid), static_cast<std::uint16_t>(value)});
    }
    if (!row.weights.empty()) rows.push_back(std::move(row));
  }
  std::ranges::sort(rows, {}, &book::WeightRow::validator);
  return rows;
}

core::Result<std::vector<book::WeightCommit>> ChainClient::weight_commits(book::NetUid netuid,
                                                                          const book::AccountId& hotkey,
                                                                          const book::BlockRef& at) {
  Snapshot state(rpc_, metadata_, at);
  std::vector<book::WeightCommit> commits;
  const auto queue = TRY(state.read("SubtensorModule", "WeightCommits", {key(netuid), key(hotkey)}));
  if (!queue) return commits;
  for (const Value& one : queue->inner().items) {
    if (one.items.size() != 4)
      return core::invalid("this chain's weight commits have another form; update this program");
    book::WeightCommit commit;
    commit.digest.bytes = TRY(bytes32_of(one.items[0]));
    commit.block = TRY(number_of(one.items[1]));
    commit.first_reveal = TRY(number_of(one.items[2]));
    commit.last_reveal = TRY(number_of(one.items[3]));
    commits.push_back(commit);
  }
  return commits;
}

core::Result<ChainClient::Sent> ChainClient::send(const book::Call& call, const sign::Sr25519Pair& signer) {
  TRY(refresh());
  const book::BlockRef head_block = TRY(head());
  const Json nonce = TRY(rpc_.call("system_accountNextIndex", {signer.account().ss58()}));
  if (!nonce.is_integer() || nonce.as_integer() < 0 || nonce.as_integer() > UINT32_MAX)
    return nonsense("system_accountNextIndex");
  scale::SigningContext context;
  context.spec_version = static_cast<std::uint32_t>(spec_version_);
  context.transaction_version = static_cast<std::uint32_t>(transaction_version_);
  context.genesis = genesis_.bytes;
  context.era = scale::Era::mortal(head_block.number, settings_.era);
  const auto birth = static_cast<book::BlockNumber>(context.era.birth(head_block.number));
  const book::BlockRef birth_block = TRY(block(birth));
  context.birth_block = birth_block.hash.bytes;
  context.nonce = static_cast<std::uint32_t>(nonce.as_integer());
  core::Bytes encoded = TRY(encode_call(metadata_, call));
  const scale::Unsigned prepared = TRY(scale::prepare(metadata_, std::move(encoded), context));
  Sent sent{hex_of(prepared.sign(signer)), head_block.number + 1,
            static_cast<book::BlockNumber>(birth + context.era.period - 1)};
  const auto accepted = rpc_.call("author_submitExtrinsic", {sent.hex});
  // When the answer was lost the call may be on its way all the same: looking for it is safe, sending another isn't.
  const bool lost = !accepted.ok() && accepted.error().kind != core::ErrorKind::denied &&
                    accepted.error().kind != core::ErrorKind::invalid;
  const bool known = !accepted.ok() && accepted.error().message.find("(1013)") != std::string::npos;
  if (!accepted.ok() && !lost && !known) return accepted.error();
  return sent;
}

core::Result<book::Receipt> ChainClient::receipt(const book::BlockRef& at, std::uint32_t index) {
  Snapshot state(rpc_, metadata_, at);
  const auto events = TRY(state.read("System", "Events", {}));
  book::Receipt receipt{at, index, false, ""};
  for (const Value& record : events->inner().items) {
    const Value *phase = record.find("phase"), *event = record.find("event");
    if (phase == nullptr || event == nullptr || event->items.empty()) return nonsense("System.Events");
    if (phase->text != "ApplyExtrinsic" || phase->items.empty() || phase->items[0].number.low != index) continue;
    if (event->text != "System") continue;
    const Value& what = event->items[0];
    if (what.text == "ExtrinsicSuccess") receipt.success = true;
    if (what.text == "ExtrinsicFailed" && !what.items.empty()) receipt.error = error_in(metadata_, what.items[0]);
  }
  if (!receipt.success && receipt.error.empty()) return nonsense("a call without outcome");
  return receipt;
}

core::Result<std::optional<book::Receipt>> ChainClient::find_in(book::BlockNumber number, const Sent& sent) {
  const book::BlockRef at = TRY(block(number));
  const Json answer = TRY(rpc_.call("chain_getBlock", {at.hash.hex()}));
  const Json* body = answer.find("block");
  const Json* extrinsics = body == nullptr ? nullptr : body->find("extrinsics");
  if (extrinsics == nullptr || !extrinsics->is_array()) return nonsense("chain_getBlock");
  for (std::size_t i = 0; i < extrinsics->as_array().size(); ++i) {
    const Json& one = extrinsics->as_array()[i];
    if (one.is_string() && one.as_string() == sent.hex)
      return std::optional(TRY(receipt(at, static_cast<std::uint32_t>(i))));
  }
  return std::optional<book::Receipt>{};
}

core::Result<book::Receipt> ChainClient::submit(const book::Call& call, const sign::Sr25519Pair& signer,
                                                core::Nanos limit) {
  const core::Deadline deadline(clock_, limit);
  Sent sent = TRY(send(call, signer));
  for (;;) {
    const book::BlockRef last = TRY(head());
    for (; sent.next <= std::min(last.number, sent.last); ++sent.next) {
      if (const auto found = TRY(find_in(sent.next, sent))) return *found;
    }
    if (last.number >= sent.last) {
      return core::timeout("no block up to " + std::to_string(sent.last) +
                           " took the call; it has expired, send it again");
    }
    if (deadline.passed()) {
      return core::timeout("no finalised block holds the call yet; it may still come until block " +
                           std::to_string(sent.last));
    }
    clock_.sleep_for(settings_.poll);
  }
}

}  // namespace noonmark::client
