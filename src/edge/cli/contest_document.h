#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/codec/json.h"
#include "contest/conduct/state.h"
#include "trial/record/metric.h"

namespace noonmark::cli {

/// One entry of a finished contest, as it is told to people and machines.
struct EntryLine {
  std::string name;
  std::string status;       ///< "ranked", "refused", "failed" …
  std::string reason = {};  ///< a sentence, or empty
  std::optional<double> score = {};
  std::optional<int> rank = {};  ///< from 1; equal ranks are ties
  record::Metrics metrics = {};
  std::optional<double> fidelity_mean = {};
  std::optional<double> fidelity_minimum = {};
};

/// A finished contest. The same whether it comes from a run or from a replay, except for the record's path.
struct ContestDocument {
  std::string contest;
  std::string baseline;
  std::vector<EntryLine> entries;  ///< by rank; the baseline isn't among them
  std::optional<std::string> winner;
  std::string record;  ///< path of the record
};

/// What the records of a finished contest say. Requires a sealed state.
core::Result<ContestDocument> document_of(const conduct::State& state, const std::string& record_path);

/// {"contest", "baseline", "entries": [{"name", "status", "reason", "score", "rank", "metrics": {"generation_time":
/// {"ratio", "low", "high", "speedup"}, …}, "fidelity": {"mean", "min"}}], "winner", "record"}.
/// `ratio` is entry / baseline with its confidence bounds, less is better; `speedup` is 1 / ratio with its bounds.
/// What wasn't measured is null.
codec::Json to_json(const ContestDocument& document);

/// The table that ends a run, and the winner in a sentence. Best entries first; refused ones last.
std::string to_text(const ContestDocument& document);

}  // namespace noonmark::cli
