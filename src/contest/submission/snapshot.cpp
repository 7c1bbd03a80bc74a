#include "contest/submission/snapshot.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/codec/fields.h"
#include "base/codec/text.h"
#include "crypto/hash/hash.h"

namespace noonmark::submission {
namespace {

using codec::Fields;
using codec::Json;

constexpr std::size_t kMaxKeys = 65'536;       // a subnet's uids are 16 bits
constexpr std::size_t kMaxCommitment = 4'096;  // bytes; the pallet allows 128

/// The element of this key in a list sorted by key.
template <class Item>
const Item* find_key(const std::vector<Item>& items, const AccountId& hotkey) {
  const auto at = std::ranges::lower_bound(items, hotkey, {}, &Item::hotkey);
  return at != items.end() && at->hotkey == hotkey ? &*at : nullptr;
}

template <class Item>
bool is_strictly_ordered(const std::vector<Item>& items) {
  const auto not_below = [](const Item& a, const Item& b) { return a.hotkey >= b.hotkey; };
  return std::ranges::adjacent_find(items, not_below) == items.end();
}

Json json_of(const book::Commitment& commitment) {
  return Json::object({{"hotkey", commitment.hotkey.ss58()},
                       {"block", static_cast<std::int64_t>(commitment.block)},
                       {"data", codec::hex(commitment.data)}});
}

/// Stake is written as text: it has 64 bits without sign, a JSON integer here 63.
Json json_of(const Member& member) {
  return Json::object({{"hotkey", member.hotkey.ss58()},
                       {"coldkey", member.coldkey.ss58()},
                       {"uid", static_cast<int>(member.uid)},
                       {"registered_at", std::to_string(member.registered_at)},
                       {"stake", std::to_string(member.stake)},
                       {"validator_permit", member.validator_permit}});
}

AccountId account(Fields& fields, std::string_view key) {
  const auto parsed = AccountId::parse(fields.text(key, 64));
  if (!parsed.ok()) fields.fail(key, parsed.error().message);
  return parsed.value_or(AccountId{});
}

std::uint64_t unsigned_text(Fields& fields, std::string_view key) {
  const std::string text = fields.text(key, 20);
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || std::to_string(value) != text) fields.fail(key, "must be a number in a text");
  return value;
}

core::Result<book::Commitment> read_commitment(const Json& json) {
  Fields fields(json, "snapshot.commitments");
  book::Commitment commitment;
  commitment.hotkey = account(fields, "hotkey");
  commitment.block =
      static_cast<book::BlockNumber>(fields.integer("block", 0, std::numeric_limits<book::BlockNumber>::max()));
  const std::string data = fields.text("data", 2 * kMaxCommitment);
  TRY(fields.finish());
  commitment.data = TRY(codec::parse_hex(data).context("snapshot.commitments.data"));
  return commitment;
}

core::Result<Member> read_member(const Json& json) {
  Fields fields(json, "snapshot.members");
  Member member;
  member.hotkey = account(fields, "hotkey");
  member.coldkey = account(fields, "coldkey");
  member.uid = static_cast<book::Uid>(fields.integer("uid", 0, std::numeric_limits<book::Uid>::max()));
  member.registered_at = unsigned_text(fields, "registered_at");
  member.stake = unsigned_text(fields, "stake");
  member.validator_permit = fields.flag("validator_permit");
  TRY(fields.finish());
  return member;
}

core::Result<book::BlockHash> read_hash(std::string_view text) {
  if (!text.starts_with("0x")) return core::invalid("snapshot.hash: must be 0x and 64 hex digits");
  return book::BlockHash{TRY(hash::Digest::parse(text.substr(2)).context("snapshot.hash")).bytes};
}

template <class Item>
core::Result<std::vector<Item>> read_all(const Json::Array& array, core::Result<Item> (*read)(const Json&)) {
  std::vector<Item> items;
  for (const Json& json : array) items.push_back(TRY(read(json)));
  if (!is_strictly_ordered(items)) return core::invalid("snapshot: keys must be in order, each once");
  return items;
}

}  // namespace

const Member* Snapshot::find(const AccountId& hotkey) const { return find_key(members, hotkey); }

const book::Commitment* Snapshot::commitment_of(const AccountId& hotkey) const { return find_key(commitments, hotkey); }

bool operator==(const Snapshot& a, const Snapshot& b) {
  const auto same = [](const book::Commitment& x, const book::Commitment& y) {
    return x.hotkey == y.hotkey && x.block == y.block && x.data == y.data;
  };
  return a.block == b.block && a.time == b.time && a.members == b.members &&
         std::ranges::equal(a.commitments, b.commitments, same);
}

core::Result<Snapshot> take_snapshot(book::Ledger& ledger, book::NetUid netuid, const book::BlockRef& at) {
  Snapshot snapshot;
  snapshot.block = at;
  snapshot.time = TRY(ledger.block_time(at));
  snapshot.commitments = TRY(ledger.commitments(netuid, at));
  const book::Metagraph graph = TRY(ledger.metagraph(netuid, at));
  for (const book::Neuron& neuron : graph.neurons) {
    snapshot.members.push_back(
        {neuron.hotkey, neuron.coldkey, neuron.uid, neuron.registered_at, neuron.stake, neuron.validator_permit});
  }
  std::ranges::sort(snapshot.commitments, {}, &book::Commitment::hotkey);
  std::ranges::sort(snapshot.members, {}, &Member::hotkey);
  if (!is_strictly_ordered(snapshot.commitments) || !is_strictly_ordered(snapshot.members)) {
    return core::corrupt("the ledger names a key of subnet " + std::to_string(netuid) + " twice in block " +
                         std::to_string(at.number) + "; ask another node");
  }
  return snapshot;
}

core::Result<std::optional<book::BlockRef>> first_block_at(book::Ledger& ledger, core::UnixNanos instant) {
  const auto is_late = [&](const book::BlockRef& block) -> core::Result<bool> {
    return TRY(ledger.block_time(block)) >= instant;
  };
  book::BlockRef late = TRY(ledger.head());
  if (late.number == 0 || !TRY(is_late(late))) return std::optional<book::BlockRef>{};
  // Block 0 has no time. Invariant: `early` is before the instant, `late` isn't.
  book::BlockNumber early = 0;
  for (book::BlockNumber step = 1; step<late.number; step = step> late.number / 2 ? late.number : 2 * step) {
    const book::BlockRef block = TRY(ledger.block(late.number - step));
    if (!TRY(is_late(block))) {
      early = block.number;
      break;
    }
    late = block;
  }
  while (late.number - early > 1) {
    const book::BlockRef middle = TRY(ledger.block(early + (late.number - early) / 2));
    if (TRY(is_late(middle))) {
      late = middle;
    } else {
      early = middle.number;
    }
  }
  return std::optional<book::BlockRef>(late);
}

codec::Json to_json(const Snapshot& snapshot) {
  Json commitments = Json::array(), members = Json::array();
  for (const book::Commitment& commitment : snapshot.commitments) commitments.push_back(json_of(commitment));
  for (const Member& member : snapshot.members) members.push_back(json_of(member));
  return Json::object({{"block", static_cast<std::int64_t>(snapshot.block.number)},
                       {"hash", "0x" + codec::hex(snapshot.block.hash.bytes)},
                       {"time_ns", static_cast<std::int64_t>(snapshot.time.time_since_epoch().count())},
                       {"commitments", std::move(commitments)},
                       {"members", std::move(members)}});
}

core::Result<Snapshot> snapshot_from_json(const Json& json) {
  Fields fields(json, "snapshot");
  Snapshot snapshot;
  snapshot.block.number =
      static_cast<book::BlockNumber>(fields.integer("block", 0, std::numeric_limits<book::BlockNumber>::max()));
  const std::string block_hash = fields.text("hash", 66);
  snapshot.time = core::UnixNanos(core::Nanos(fields.integer("time_ns", 0)));
  const Json::Array& commitments = fields.array("commitments", kMaxKeys);
  const Json::Array& members = fields.array("members", kMaxKeys);
  TRY(fields.finish());
  snapshot.block.hash = TRY(read_hash(block_hash));
  snapshot.commitments = TRY(read_all<book::Commitment>(commitments, read_commitment));
  snapshot.members = TRY(read_all<Member>(members, read_member));
  return snapshot;
}

}  // namespace noonmark::submission
