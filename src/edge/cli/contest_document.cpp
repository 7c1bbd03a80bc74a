#include "edge/cli/contest_document.h"

#include <algorithm>

#include "base/core/check.h"
#include "contest/verdict/verdict.h"
#include "edge/cli/table.h"

namespace noonmark::cli {
namespace {

codec::Json metric_json(record::Metric metric, const record::Interval& interval) {
  codec::Json json = codec::Json::object({{"ratio", interval.ratio}, {"low", interval.low}, {"high", interval.high}});
  if (metric == record::Metric::generation_time && interval.low > 0) {
    json["speedup"] = codec::Json::object({{"factor", record::rounded(1 / interval.ratio)},
                                           {"low", record::rounded(1 / interval.high)},
                                           {"high", record::rounded(1 / interval.low)}});
  }
  return json;
}

codec::Json entry_json(const EntryLine& entry) {
  codec::Json metrics = codec::Json::object();
  for (const auto& [metric, interval] : entry.metrics) {
    metrics[record::name_of(metric)] = metric_json(metric, interval);
  }
  codec::Json fidelity;
  if (entry.fidelity_mean && entry.fidelity_minimum) {
    fidelity = codec::Json::object({{"mean", *entry.fidelity_mean}, {"min", *entry.fidelity_minimum}});
  }
  return codec::Json::object({{"name", entry.name},
                              {"status", entry.status},
                              {"reason", entry.reason.empty() ? codec::Json() : codec::Json(entry.reason)},
                              {"score", entry.score ? codec::Json(*entry.score) : codec::Json()},
                              {"rank", entry.rank ? codec::Json(*entry.rank) : codec::Json()},
                              {"metrics", std::move(metrics)},
                              {"fidelity", std::move(fidelity)}});
}

std::string ratio_text(const record::Metrics& metrics, record::Metric metric) {
  const auto found = metrics.find(metric);
  return found == metrics.end() ? "-" : fixed(found->second.ratio, 2);
}

/// "3.12 (3.05 to 3.20)": how many times faster, with the confidence bounds.
std::string speed_text(const record::Metrics& metrics) {
  const auto found = metrics.find(record::Metric::generation_time);
  if (found == metrics.end()) return "-";
  const record::Interval& interval = found->second;
  return fixed(1 / interval.ratio, 2) + " (" + fixed(1 / interval.high, 2) + " to " + fixed(1 / interval.low, 2) + ")";
}

std::vector<const EntryLine*> in_order_of_rank(const std::vector<EntryLine>& entries) {
  std::vector<const EntryLine*> order;
  for (const EntryLine& entry : entries) order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(), [](const EntryLine* left, const EntryLine* right) {
    if (left->rank.has_value() != right->rank.has_value()) return left->rank.has_value();
    return left->rank.value_or(0) < right->rank.value_or(0);
  });
  return order;
}

}  // namespace

core::Result<ContestDocument> document_of(const conduct::State& state, const std::string& record_path) {
  CHECK(state.verdict.has_value() && state.admitted.has_value(), "the contest isn't finished");
  const verdict::Verdict verdict = TRY(verdict::verdict_from_json(*state.verdict));
  ContestDocument document{state.contest.id, state.admitted->admissions.baseline.name, {}, {}, record_path};
  if (!verdict.winner.empty()) document.winner = verdict.winner;
  for (const verdict::EntryVerdict& entry : verdict.entries) {
    EntryLine line{
        .name = entry.facts.name, .status = std::string(verdict::name_of(entry.status)), .reason = entry.reason};
    line.metrics = entry.metrics;
    if (entry.status == verdict::Status::ranked) line.rank = entry.rank;
    if (entry.fidelity) {
      line.score = entry.score.value;
      line.fidelity_mean = entry.fidelity->mean;
      line.fidelity_minimum = entry.fidelity->minimum;
    }
    document.entries.push_back(std::move(line));
  }
  return document;
}

codec::Json to_json(const ContestDocument& document) {
  codec::Json entries = codec::Json::array();
  for (const EntryLine& entry : document.entries) entries.push_back(entry_json(entry));
  return codec::Json::object({{"contest", document.contest},
                              {"baseline", document.baseline},
                              {"entries", std::move(entries)},
                              {"winner", document.winner ? codec::Json(*document.winner) : codec::Json()},
                              {"record", document.record}});
}

std::string to_text(const ContestDocument& document) {
  using Align = Table::Align;
  Table table({{"rank", Align::right},
               {"entry"},
               {"status"},
               {"score", Align::right},
               {"times faster", Align::right},
               {"fidelity", Align::right},
               {"worst", Align::right},
               {"load", Align::right},
               {"memory", Align::right},
               {"size", Align::right}});
  std::string reasons;
  const auto number = [](std::optional<double> value, int digits) { return value ? fixed(*value, digits) : "-"; };
  for (const EntryLine* entry : in_order_of_rank(document.entries)) {
    table.add({entry->rank ? std::to_string(*entry->rank) : "-", entry->name, entry->status, number(entry->score, 3),
               speed_text(entry->metrics), number(entry->fidelity_mean, 3), number(entry->fidelity_minimum, 3),
               ratio_text(entry->metrics, record::Metric::load_time),
               ratio_text(entry->metrics, record::Metric::peak_memory),
               ratio_text(entry->metrics, record::Metric::package_size)});
    if (!entry->reason.empty()) reasons += "  " + entry->name + ": " + entry->reason + "\n";
  }
  std::string text = table.text() + "load, memory and size are ratios to the baseline; less is better\n";
  if (!reasons.empty()) text += "\nwhy:\n" + reasons;
  text += "\n" +
          (document.winner ? "winner of " + document.contest + ": " + *document.winner
                           : "no entry of " + document.contest + " beat the baseline") +
          "\n";
  return text;
}

}  // namespace noonmark::cli
