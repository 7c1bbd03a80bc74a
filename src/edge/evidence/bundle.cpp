#include "edge/evidence/bundle.h"

#include <algorithm>

#include "base/codec/fields.h"
#include "base/codec/text.h"
#include "base/core/check.h"
#include "contest/conduct/replay.h"
#include "contest/verdict/verdict.h"

namespace noonmark::evidence {
namespace {

using codec::Fields;
using codec::Json;

constexpr std::string_view kDomain = "noonmark evidence 1\n";

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

core::Result<Blob> read_blob(const Json& json) {
  Fields fields(json, "bundle.blobs");
  Blob blob;
  blob.digest = digest(fields, "digest");
  blob.size = static_cast<std::uint64_t>(fields.integer("size", 0));
  blob.what = fields.text("what", 200);
  TRY(fields.finish());
  return blob;
}

core::Result<LeftOut> read_left_out(const Json& json) {
  Fields fields(json, "bundle.left_out");
  LeftOut left_out;
  left_out.hotkey = account(fields, "hotkey");
  const Json& failure = fields.child("failure");
  TRY(fields.finish());
  left_out.failure = TRY(record::failure_from_json(failure));
  return left_out;
}

core::Result<book::BlockRef> read_block(const Json& json) {
  Fields fields(json, "bundle.plan.block");
  book::BlockRef block;
  block.number = static_cast<book::BlockNumber>(fields.integer("number", 0, 0xffff'ffff));
  block.hash.bytes = digest(fields, "hash").bytes;
  TRY(fields.finish());
  return block;
}

core::Result<Planned> read_plan(const Json& json) {
  Fields fields(json, "bundle.plan");
  Planned planned;
  const Json& block = fields.child("block");
  const Json::Array& results = fields.array("results", plan::kMaxContests);
  const Json& weights = fields.child("weights");
  TRY(fields.finish());
  planned.block = TRY(read_block(block));
  for (const Json& result : results) planned.results.push_back(TRY(plan::day_result_from_json(result)));
  planned.weights = TRY(plan::weights_from_json(weights).context("bundle.plan"));
  return planned;
}

Json to_json(const Planned& planned) {
  Json results = Json::array();
  for (const plan::DayResult& result : planned.results) results.push_back(plan::to_json(result));
  return Json::object({{"block", Json::object({{"number", static_cast<std::int64_t>(planned.block.number)},
                                               {"hash", codec::hex(planned.block.hash.bytes)}})},
                       {"results", std::move(results)},
                       {"weights", plan::to_json(planned.weights)}});
}

std::string message_of(const Json& bundle) { return std::string(kDomain) + codec::write_json(bundle); }

}  // namespace

std::map<AccountId, std::string> excluded_keys(const submission::Lists& lists) {
  std::map<AccountId, std::string> keys;
  for (const submission::Exclusion& exclusion : lists.exclusions) {
    if (!exclusion.content) keys.emplace(exclusion.account, exclusion.reason);
  }
  return keys;
}

core::Result<Outcome> outcome_of(const Json& verdict, const rules::ContestDay& day, int share,
                                 const submission::Snapshot& cut_off) {
  const verdict::Verdict read = TRY(verdict::verdict_from_json(verdict));
  std::map<AccountId, std::uint64_t> registrations;
  for (const submission::Member& member : cut_off.members) registrations[member.hotkey] = member.registered_at;
  Outcome outcome;
  outcome.result = TRY(plan::result_of(read, day, share, registrations));
  for (const verdict::EntryVerdict& entry : read.entries) {
    if (!read.winner.empty() && entry.facts.name == read.winner) outcome.winner = entry.facts.content;
  }
  return outcome;
}

core::Result<Bundle> compose(const rules::Contest& contest, const book::Metagraph& subnet, const AccountId& validator,
                             Findings findings) {
  Bundle bundle;
  bundle.day = findings.day;
  bundle.contest = contest;
  bundle.netuid = subnet.netuid;
  bundle.validator = validator;
  bundle.collection = submission::collect(contest, findings.cut_off, findings.reveal, findings.lists);
  Outcome outcome{{}, {findings.day, findings.share, {}}};
  if (findings.record) {
    const conduct::Replay replay = TRY(conduct::replay(*findings.record));
    outcome = TRY(outcome_of(*replay.state.verdict, findings.day, findings.share, findings.cut_off));
    bundle.record = replay.name;
    bundle.blobs.push_back({replay.name, findings.record->size(), "record"});
  }
  bundle.winner = outcome.winner;
  bundle.plan.block = subnet.at;
  bundle.plan.results = std::move(findings.others);
  bundle.plan.results.push_back(std::move(outcome.result));
  bundle.plan.weights = plan::make_plan(subnet, bundle.plan.results, excluded_keys(findings.lists)).weights;
  bundle.cut_off = std::move(findings.cut_off);
  bundle.reveal = std::move(findings.reveal);
  bundle.lists = std::move(findings.lists);
  bundle.left_out = std::move(findings.left_out);
  std::ranges::move(findings.blobs, std::back_inserter(bundle.blobs));
  return bundle;
}

Json to_json(const Bundle& bundle) {
  Json blobs = Json::array(), left_out = Json::array();
  for (const Blob& blob : bundle.blobs) {
    blobs.push_back(Json::object({{"digest", blob.digest.hex()}, {"size", blob.size}, {"what", blob.what}}));
  }
  for (const LeftOut& one : bundle.left_out) {
    left_out.push_back(Json::object({{"hotkey", one.hotkey.ss58()}, {"failure", record::to_json(one.failure)}}));
  }
  Json json = Json::object({{"format", 1},
                            {"day", bundle.day.text()},
                            {"contest", rules::to_json(bundle.contest)},
                            {"netuid", static_cast<int>(bundle.netuid)},
                            {"validator", bundle.validator.ss58()},
                            {"cut_off", submission::to_json(bundle.cut_off)},
                            {"reveal", submission::to_json(bundle.reveal)},
                            {"lists", submission::to_json(bundle.lists)},
                            {"collection", submission::to_json(bundle.collection)},
                            {"left_out", std::move(left_out)},
                            {"plan", to_json(bundle.plan)},
                            {"blobs", std::move(blobs)}});
  if (bundle.record) json["record"] = bundle.record->hex();
  if (bundle.winner) json["winner"] = bundle.winner->hex();
  return json;
}

core::Result<Bundle> bundle_from_json(const Json& json) {
  Fields fields(json, "bundle");
  if (fields.integer("format") != 1) fields.fail("format", "must be 1; a newer format needs a newer noonmark");
  Bundle bundle;
  const std::string day = fields.text("day", 128);
  bundle.validator = account(fields, "validator");
  bundle.netuid = static_cast<book::NetUid>(fields.integer("netuid", 0, 65535));
  const Json& contest = fields.child("contest");
  const Json& cut_off = fields.child("cut_off");
  const Json& reveal = fields.child("reveal");
  const Json& lists = fields.child("lists");
  const Json& collection = fields.child("collection");
  const Json& planned = fields.child("plan");
  const Json::Array& left_out = fields.array("left_out", plan::kMaxEarnings);
  const Json::Array& blobs = fields.array("blobs", kMaxBlobs);
  if (fields.has("record")) bundle.record = digest(fields, "record");
  if (fields.has("winner")) bundle.winner = digest(fields, "winner");
  TRY(fields.finish());
  bundle.day = TRY(rules::ContestDay::parse(day).context("bundle.day"));
  bundle.contest = TRY(rules::contest_from_json(contest).context("bundle"));
  bundle.cut_off = TRY(submission::snapshot_from_json(cut_off).context("bundle.cut_off"));
  bundle.reveal = TRY(submission::snapshot_from_json(reveal).context("bundle.reveal"));
  bundle.lists = TRY(submission::lists_from_json(lists).context("bundle"));
  bundle.collection = TRY(submission::collection_from_json(collection).context("bundle"));
  for (const Json& one : left_out) bundle.left_out.push_back(TRY(read_left_out(one)));
  for (const Json& blob : blobs) bundle.blobs.push_back(TRY(read_blob(blob)));
  bundle.plan = TRY(read_plan(planned));
  return bundle;
}

std::string seal(const Bundle& bundle, const sign::Sr25519Pair& hotkey) {
  CHECK(hotkey.account() == bundle.validator, "a bundle is signed by the hot key that it names");
  Json json = to_json(bundle);
  const auto signature = hotkey.sign(core::as_bytes(message_of(json)));
  return codec::write_json(Json::object({{"bundle", std::move(json)}, {"signature", codec::hex(signature)}}));
}

core::Result<Bundle> open(std::string_view text) {
  codec::JsonLimits limits;
  limits.max_bytes = kMaxBundle;
  const Json json = TRY(codec::parse_json(text, limits));
  if (codec::write_json(json) != text) return core::invalid("the bundle isn't in its canonical form");
  Fields fields(json, "$");
  const Json& body = fields.child("bundle");
  const std::string hex = fields.text("signature", 128);
  TRY(fields.finish());
  const core::Bytes bytes = TRY(codec::parse_hex(hex).context("$.signature"));
  sign::Sr25519Signature signature{};
  if (bytes.size() != signature.size()) return core::invalid("$.signature: must be 128 hexadecimal digits");
  std::ranges::copy(bytes, signature.begin());
  Bundle bundle = TRY(bundle_from_json(body));
  if (!sign::verify_sr25519(bundle.validator, core::as_bytes(message_of(body)), signature)) {
    return core::denied("the bundle isn't what " + bundle.validator.ss58() + " signed");
  }
  return bundle;
}

}  // namespace noonmark::evidence
