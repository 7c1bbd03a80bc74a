#include "contest/verdict/verdict.h"

#include <array>
#include <utility>

#include "base/codec/fields.h"

namespace noonmark::verdict {
namespace {

constexpr std::array<std::pair<Status, std::string_view>, 6> kStatuses = {{{Status::ranked, "ranked"},
                                                                           {Status::not_faster, "not_faster"},
                                                                           {Status::not_faithful, "not_faithful"},
                                                                           {Status::copy, "copy"},
                                                                           {Status::failed, "failed"},
                                                                           {Status::refused, "refused"}}};

constexpr std::size_t kMaxEntries = 100'000;

codec::Json to_json(const Score& score) {
  auto terms = codec::Json::array();
  for (const auto& term : score.terms) {
    terms.push_back(codec::Json::object(
        {{"name", term.name}, {"value", term.value}, {"weight", term.weight}, {"effect", term.effect}}));
  }
  return codec::Json::object(
      {{"value", score.value}, {"low", score.low}, {"high", score.high}, {"terms", std::move(terms)}});
}

core::Result<Score> score_from_json(const codec::Json& json) {
  codec::Fields fields(json, "score");
  Score score{fields.number("value"), fields.number("low"), fields.number("high")};
  for (const auto& item : fields.array("terms", 64)) {
    codec::Fields term(item, fields.path("terms"));
    score.terms.push_back({.name = term.text("name", 64),
                           .value = term.number("value"),
                           .weight = term.number("weight"),
                           .effect = term.number("effect")});
    TRY(term.finish());
  }
  TRY(fields.finish());
  return score;
}

codec::Json to_json(const EntryVerdict& entry) {
  return codec::Json::object({
      {"entry", record::to_json(entry.facts)},
      {"status", name_of(entry.status)},
      {"reason", entry.reason},
      {"rank", entry.rank},
      {"weight", entry.weight},
      {"score", to_json(entry.score)},
      {"metrics", record::to_json(entry.metrics)},
      {"fidelity", entry.fidelity
                       ? codec::Json::object({{"mean", entry.fidelity->mean}, {"minimum", entry.fidelity->minimum}})
                       : codec::Json()},
      {"failure", entry.failure ? record::to_json(*entry.failure) : codec::Json()},
  });
}

core::Result<EntryVerdict> entry_from_json(const codec::Json& json) {
  codec::Fields fields(json, "entry verdict");
  EntryVerdict entry;
  entry.facts = TRY(record::entry_facts_from_json(fields.child("entry")));
  entry.status = TRY(parse_status(fields.text("status", 64)));
  entry.reason = fields.text("reason", 16384);
  entry.rank = static_cast<int>(fields.integer("rank", 1, kMaxEntries));
  entry.weight = fields.integer("weight", 0, kWeightUnits);
  entry.score = TRY(score_from_json(fields.child("score")));
  entry.metrics = TRY(record::metrics_from_json(fields.child("metrics")));
  if (const auto* fidelity = fields.optional_child("fidelity"); fidelity != nullptr) {
    codec::Fields figures(*fidelity, fields.path("fidelity"));
    entry.fidelity = Faithfulness{figures.number("mean"), figures.number("minimum")};
    TRY(figures.finish());
  }
  if (const auto* failure = fields.optional_child("failure"); failure != nullptr) {
    entry.failure = TRY(record::failure_from_json(*failure));
  }
  TRY(fields.finish());
  return entry;
}

}  // namespace

std::string_view name_of(Status status) {
  for (const auto& [candidate, word] : kStatuses) {
    if (candidate == status) {
      return word;
    }
  }
  CHECK(false, "a status without a word");
  return {};
}

core::Result<Status> parse_status(std::string_view name) {
  for (const auto& [candidate, word] : kStatuses) {
    if (word == name) {
      return candidate;
    }
  }
  return core::invalid("unknown status of an entry");
}

codec::Json to_json(const Verdict& verdict) {
  auto entries = codec::Json::array();
  for (const auto& entry : verdict.entries) {
    entries.push_back(to_json(entry));
  }
  return codec::Json::object({
      {"policy", verdict.policy},
      {"entries", std::move(entries)},
      {"winner", verdict.winner},
      {"incumbent_stays", verdict.incumbent_stays},
      {"unassigned", verdict.unassigned},
  });
}

core::Result<Verdict> verdict_from_json(const codec::Json& json) {
  codec::Fields fields(json, "verdict");
  Verdict verdict;
  verdict.policy = fields.text("policy", 64);
  for (const auto& item : fields.array("entries", kMaxEntries)) {
    verdict.entries.push_back(
        TRY(entry_from_json(item).context("verdict.entries[" + std::to_string(verdict.entries.size()) + "]")));
  }
  verdict.winner = fields.text("winner", 200);
  verdict.incumbent_stays = fields.flag("incumbent_stays");
  verdict.unassigned = fields.integer("unassigned", 0, kWeightUnits);
  TRY(fields.finish());
  return verdict;
}

}  // namespace noonmark::verdict
