#include "contest/submission/collect.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "base/codec/fields.h"
#include "contest/submission/pointer.h"

namespace noonmark::submission {
namespace {

using codec::Fields;
using codec::Json;

constexpr std::size_t kMaxListed = 65'536;

/// An entry, or a reason against it.
struct Judged {
  std::optional<Entrant> entrant;
  Refused refused;
};

Judged refuse(const AccountId& hotkey, std::string code, std::string message) {
  return {{}, {hotkey, std::move(code), std::move(message)}};
}

class Collector {
 public:
  Collector(const rules::Contest& contest, const Snapshot& cut_off, const Snapshot& reveal, const Lists& lists)
      : contest_(contest), cut_off_(cut_off), reveal_(reveal), lists_(lists), tag_(tag_of(contest.id)) {}

  Collection run() {
    for (const book::Commitment& commitment : cut_off_.commitments) {
      if (const auto judged = judge(commitment)) keep(*judged);
    }
    std::ranges::sort(result_.entrants, {}, [&](const Entrant& entrant) {
      return std::tuple(entrant.claimed_block, tie(entrant.hotkey), entrant.hotkey);
    });
    bound_owners();
    mark_copies();
    std::ranges::sort(result_.refused, {}, &Refused::hotkey);
    return std::move(result_);
  }

 private:
  void keep(const Judged& judged) {
    if (judged.entrant) result_.entrants.push_back(*judged.entrant);
    if (!judged.entrant) result_.refused.push_back(judged.refused);
  }

  /// Nobody can choose a key for it: the block's hash comes after the record.
  hash::Digest tie(const AccountId& hotkey) const {
    hash::Sha256 digest;
    digest.update(hotkey.bytes);
    digest.update(cut_off_.block.hash.bytes);
    return digest.finish();
  }

  const Exclusion* exclusion(const Member& member, const std::optional<hash::Digest>& content) const {
    for (const Exclusion& entry : lists_.exclusions) {
      const bool same_key = entry.account == member.hotkey || entry.account == member.coldkey;
      if (same_key && entry.content == content) return &entry;
    }
    return nullptr;
  }

  std::optional<Judged> judge(const book::Commitment& commitment) const {
    const Record record = decode(commitment.data);
    const auto* sealed = std::get_if<Sealed>(&record);
    const auto* open = std::get_if<Open>(&record);
    if ((sealed == nullptr || sealed->tag != tag_) && (open == nullptr || open->tag != tag_)) return std::nullopt;
    const AccountId& hotkey = commitment.hotkey;
    const Member* member = cut_off_.find(hotkey);
    if (member == nullptr) return refuse(hotkey, "not_registered", "the key isn't registered on this subnet");
    if (member->registered_at > commitment.block) {
      return refuse(hotkey, "registered_later",
                    "the record is from block " + std::to_string(commitment.block) + ", the registration from block " +
                        std::to_string(member->registered_at) + "; commit again");
    }
    if (const Exclusion* entry = exclusion(*member, {})) return refuse(hotkey, "excluded", entry->reason);
    if (open != nullptr) return judge_open(*member, commitment.block, *open);
    return judge_sealed(*member, commitment.block, *sealed);
  }

  Judged judge_sealed(const Member& member, book::BlockNumber block, const Sealed& sealed) const {
    const book::Commitment* shown = reveal_.commitment_of(member.hotkey);
    const Record record = shown == nullptr ? Record() : decode(shown->data);
    const auto* open = std::get_if<Open>(&record);
    if (open == nullptr || open->tag != tag_) {
      return refuse(member.hotkey, "never_revealed",
                    "the sealed entry wasn't opened within " + std::to_string(contest_.submission.reveal.count()) +
                        " seconds after the cut-off");
    }
    if (seal(member.hotkey, *open) != sealed.digest) {
      return refuse(member.hotkey, "revealed_otherwise", "what was opened isn't what had been sealed");
    }
    return judge_open(member, block, *open);
  }

  Judged judge_open(const Member& member, book::BlockNumber block, const Open& open) const {
    const AccountId& hotkey = member.hotkey;
    const auto pointer = pointer_text(open.pointer);
    if (!pointer.ok()) return refuse(hotkey, "bad_pointer", pointer.error().message);
    if (contest_.baseline_digest == open.content) {
      return refuse(hotkey, "baseline", "the entry is the baseline itself; make it faster first");
    }
    if (const Exclusion* entry = exclusion(member, open.content)) return refuse(hotkey, "excluded", entry->reason);
    if (lists_.allowed &&
        std::ranges::find(*lists_.allowed, std::pair(hotkey, open.content)) == lists_.allowed->end()) {
      return refuse(hotkey, "not_allowed", "this contest lets in listed packages only, and this one isn't listed");
    }
    if (const auto maker = lists_.makers.find(open.content); maker != lists_.makers.end() && maker->second != hotkey) {
      return refuse(hotkey, "entered_before", maker->second.ss58() + " entered this package on an earlier day");
    }
    return {Entrant{hotkey, member.uid, block, open.content, *pointer, {}}, {}};
  }

  void bound_owners() {
    if (contest_.submission.max_per_coldkey == 0) return;
    std::map<AccountId, int> count;
    std::vector<Entrant> within;
    for (Entrant& entrant : result_.entrants) {
      if (++count[cut_off_.find(entrant.hotkey)->coldkey] <= contest_.submission.max_per_coldkey) {
        within.push_back(std::move(entrant));
        continue;
      }
      result_.refused.push_back({entrant.hotkey, "too_many_of_owner",
                                 "only the " + std::to_string(contest_.submission.max_per_coldkey) +
                                     " earliest entries of one cold key count"});
    }
    result_.entrants = std::move(within);
  }

  void mark_copies() {
    std::map<hash::Digest, AccountId> first;
    for (Entrant& entrant : result_.entrants) {
      const auto [at, fresh] = first.emplace(entrant.content, entrant.hotkey);
      if (!fresh) entrant.copy_of = at->second;
    }
  }

  const rules::Contest& contest_;
  const Snapshot& cut_off_;
  const Snapshot& reveal_;
  const Lists& lists_;
  const Tag tag_;
  Collection result_;
};

AccountId account(Fields& fields, std::string_view key) {
  const auto parsed = AccountId::parse(fields.text(key, 64));
  if (!parsed.ok()) fields.fail(key, parsed.error().message);
  return parsed.value_or(AccountId{});
}

hash::Digest digest(Fields& fields, std::string_view key) {
  const auto parsed = hash::Digest::parse(fields.text(key, 64));
  if (!parsed.ok()) fields.fail(key, parsed.error().message);
  return parsed.value_or(hash::Digest{});
}

core::Result<Entrant> read_entrant(const Json& json) {
  Fields fields(json, "collection.entrants");
  Entrant entrant;
  entrant.hotkey = account(fields, "hotkey");
  entrant.uid = static_cast<book::Uid>(fields.integer("uid", 0, std::numeric_limits<book::Uid>::max()));
  entrant.claimed_block =
      static_cast<book::BlockNumber>(fields.integer("claimed_block", 0, std::numeric_limits<book::BlockNumber>::max()));
  const std::string content = fields.text("content", 64);
  entrant.pointer = fields.text("pointer", 256);
  if (fields.has("copy_of")) entrant.copy_of = account(fields, "copy_of");
  TRY(fields.finish());
  entrant.content = TRY(hash::Digest::parse(content).context("collection.entrants.content"));
  TRY(pointer_bytes(entrant.pointer));
  return entrant;
}

core::Result<Refused> read_refused(const Json& json) {
  Fields fields(json, "collection.refused");
  Refused refused;
  refused.hotkey = account(fields, "hotkey");
  refused.code = fields.text("code", 64);
  refused.message = fields.text("message", 4096);
  TRY(fields.finish());
  return refused;
}

}  // namespace

Collection collect(const rules::Contest& contest, const Snapshot& cut_off, const Snapshot& reveal, const Lists& lists) {
  for (const Snapshot* snapshot : {&cut_off, &reveal}) {
    CHECK(std::ranges::is_sorted(snapshot->commitments, {}, &book::Commitment::hotkey), "a snapshot out of order");
    CHECK(std::ranges::is_sorted(snapshot->members, {}, &Member::hotkey), "a snapshot out of order");
  }
  return Collector(contest, cut_off, reveal, lists).run();
}

std::map<hash::Digest, AccountId> makers_on(const Snapshot& cut_off, const Snapshot& reveal,
                                            const std::map<hash::Digest, AccountId>& makers) {
  std::map<hash::Digest, AccountId> some;
  for (const Snapshot* snapshot : {&cut_off, &reveal}) {
    for (const book::Commitment& commitment : snapshot->commitments) {
      const Record record = decode(commitment.data);
      const auto* const open = std::get_if<Open>(&record);
      const auto maker = open == nullptr ? makers.end() : makers.find(open->content);
      if (maker != makers.end()) some.insert(*maker);
    }
  }
  return some;
}

codec::Json to_json(const std::map<hash::Digest, AccountId>& makers) {
  Json json = Json::object({});
  for (const auto& [content, maker] : makers) json[content.hex()] = maker.ss58();
  return json;
}

core::Result<std::map<hash::Digest, AccountId>> makers_from_json(const Json& json) {
  if (!json.is_object()) return core::invalid("makers: not an object");
  if (json.as_object().size() > kMaxMakers) return core::invalid("makers: too many");
  std::map<hash::Digest, AccountId> makers;
  for (const auto& [content, maker] : json.as_object()) {
    if (!maker.is_string()) return core::invalid("makers: " + content + " has no account");
    const hash::Digest digest = TRY(hash::Digest::parse(content).context("makers"));
    makers.emplace(digest, TRY(AccountId::parse(maker.as_string()).context("makers")));
  }
  return makers;
}

codec::Json to_json(const Lists& lists) {
  Json exclusions = Json::array();
  for (const Exclusion& exclusion : lists.exclusions) {
    Json json = Json::object({{"account", exclusion.account.ss58()}, {"reason", exclusion.reason}});
    if (exclusion.content) json["content"] = exclusion.content->hex();
    exclusions.push_back(std::move(json));
  }
  Json result = Json::object({{"exclusions", std::move(exclusions)}});
  if (!lists.makers.empty()) result["makers"] = to_json(lists.makers);
  if (!lists.allowed) return result;
  Json allowed = Json::array();
  for (const auto& [hotkey, content] : *lists.allowed) {
    allowed.push_back(Json::object({{"account", hotkey.ss58()}, {"content", content.hex()}}));
  }
  result["allowed"] = std::move(allowed);
  return result;
}

core::Result<Lists> lists_from_json(const Json& json) {
  Fields fields(json, "lists");
  Lists lists;
  for (const Json& item : fields.array("exclusions", kMaxListed)) {
    Fields one(item, "lists.exclusions");
    Exclusion exclusion;
    exclusion.account = account(one, "account");
    if (one.has("content")) exclusion.content = digest(one, "content");
    exclusion.reason = one.text("reason", 4096);
    TRY(one.finish());
    lists.exclusions.push_back(std::move(exclusion));
  }
  if (fields.has("allowed")) {
    lists.allowed.emplace();
    for (const Json& item : fields.array("allowed", kMaxListed)) {
      Fields one(item, "lists.allowed");
      const AccountId hotkey = account(one, "account");
      lists.allowed->emplace_back(hotkey, digest(one, "content"));
      TRY(one.finish());
    }
  }
  if (const Json* const makers = json.find("makers"); makers != nullptr && fields.has("makers")) {
    lists.makers = TRY(makers_from_json(*makers).context("lists"));
  }
  TRY(fields.finish());
  return lists;
}

codec::Json to_json(const Collection& collection) {
  Json entrants = Json::array(), refused = Json::array();
  for (const Entrant& entrant : collection.entrants) {
    Json json = Json::object({{"hotkey", entrant.hotkey.ss58()},
                              {"uid", static_cast<int>(entrant.uid)},
                              {"claimed_block", static_cast<std::int64_t>(entrant.claimed_block)},
                              {"content", entrant.content.hex()},
                              {"pointer", entrant.pointer}});
    if (entrant.copy_of) json["copy_of"] = entrant.copy_of->ss58();
    entrants.push_back(std::move(json));
  }
  for (const Refused& entry : collection.refused) {
    refused.push_back(
        Json::object({{"hotkey", entry.hotkey.ss58()}, {"code", entry.code}, {"message", entry.message}}));
  }
  return Json::object({{"entrants", std::move(entrants)}, {"refused", std::move(refused)}});
}

core::Result<Collection> collection_from_json(const Json& json) {
  constexpr std::size_t kMost = 65'536;
  Fields fields(json, "collection");
  Collection collection;
  const Json::Array& entrants = fields.array("entrants", kMost);
  const Json::Array& refused = fields.array("refused", kMost);
  TRY(fields.finish());
  for (const Json& entry : entrants) collection.entrants.push_back(TRY(read_entrant(entry)));
  for (const Json& entry : refused) collection.refused.push_back(TRY(read_refused(entry)));
  return collection;
}

}  // namespace noonmark::submission
