#include <algorithm>
#include <string>

#include "edge/report/internal/sections.h"
#include "edge/report/internal/strips.h"
#include "edge/report/internal/words.h"

namespace noonmark::report {

namespace {

using record::Metric;

const record::Interval* find_metric(const EntryView& entry, Metric metric) {
  const auto found = entry.verdict.metrics.find(metric);
  return found == entry.verdict.metrics.end() ? nullptr : &found->second;
}

Markup cell(const char* title, const char* kind, const Markup& content) {
  return tag("td", {{"class", kind}, {"data-title", title}}, content);
}

Markup with_note(const std::string& value, const std::string& note) {
  return tag("span", {{"class", "value"}}, text(value)) + tag("small", text(note));
}

Markup none() { return tag("span", {{"class", "none"}}, "–"_html); }

BarScale scale_of(const ContestView& view) {
  BarScale scale;
  for (const EntryView& entry : view.entries) {
    // Those that are out of the running reach beyond the scale as in the plane above.
    if (entry.verdict.status == verdict::Status::not_faithful) continue;
    if (const auto* ratio = find_metric(entry, Metric::generation_time)) {
      scale.low = std::min(scale.low, speed_up(*ratio).low / 1.05);
      scale.high = std::max(scale.high, speed_up(*ratio).high * 1.05);
    }
  }
  scale.low = std::max(scale.low, 0.05);
  scale.high = std::min(scale.high, 200.0);
  return scale;
}

Markup chip(verdict::Status status) {
  return tag("span", {{"class", "chip " + status_class(status)}}, text(status_words(status)));
}

Markup speed_cell(const EntryView& entry, const BarScale& scale) {
  const auto* ratio = find_metric(entry, Metric::generation_time);
  if (ratio == nullptr) return cell("Speed-up", "num", none());
  const SpeedUp speed = speed_up(*ratio);
  return cell("Speed-up", "num wide",
              with_note(times(speed.value), times_range(speed.low, speed.high)) + interval_bar(speed, scale));
}

Markup fidelity_cell(const EntryView& entry) {
  if (!entry.verdict.fidelity) return cell("Fidelity", "num", none());
  return cell("Fidelity", "num",
              with_note(fixed(entry.verdict.fidelity->mean, 3), "worst " + fixed(entry.verdict.fidelity->minimum, 3)));
}

Markup ratio_cell(const char* title, const EntryView& entry, Metric metric) {
  const auto* ratio = find_metric(entry, metric);
  if (ratio == nullptr) return cell(title, "num", none());
  return cell(
      title, "num",
      with_note(fixed(ratio->ratio, 2) + "×",
                ratio->high - ratio->low < 5e-3 ? "exact" : fixed(ratio->low, 2) + "–" + fixed(ratio->high, 2)));
}

Markup size_cell(const EntryView& entry) {
  const auto* ratio = find_metric(entry, Metric::package_size);
  return cell("Package", "num",
              with_note(bytes(static_cast<double>(entry.verdict.facts.package_bytes)),
                        ratio == nullptr ? "" : fixed(ratio->ratio, 2) + "× baseline"));
}

Markup row(const EntryView& entry, std::size_t index, const BarScale& scale, bool winner) {
  const bool ranked = entry.verdict.status == verdict::Status::ranked;
  const bool scored = !entry.verdict.score.terms.empty();
  Markup name = tag("a", {{"class", "name"}, {"href", "#" + anchor_of(index)}}, foreign(title_of(entry), 80)) +
                chip(entry.verdict.status);
  if (!entry.verdict.reason.empty()) name += tag("small", {{"class", "reason"}}, foreign(entry.verdict.reason, 300));
  Markup cells = cell("Rank", "rank", ranked ? text(std::to_string(entry.verdict.rank)) : none());
  cells += cell("Entry", "entry", name);
  cells += speed_cell(entry, scale) + fidelity_cell(entry);
  cells += cell("Score", "num",
                scored ? with_note(fixed(entry.verdict.score.value, 3),
                                   range(entry.verdict.score.low, entry.verdict.score.high, 3))
                       : none());
  cells += ratio_cell("Memory", entry, Metric::peak_memory) + size_cell(entry);
  cells +=
      cell("Reward", "num reward",
           entry.verdict.weight > 0 ? text(percent(static_cast<double>(entry.verdict.weight) / verdict::kWeightUnits))
                                    : none());
  return tag("tr", {{"class", std::string(status_class(entry.verdict.status)) + (winner ? " winner" : "")}}, cells);
}

Markup baseline_row(const ContestView& view) {
  Markup name = tag("span", {{"class", "name"}}, foreign(view.baseline.facts.name, 80)) +
                tag("span", {{"class", "chip baseline"}}, "Baseline"_html);
  Markup cells = cell("Rank", "rank", none()) + cell("Entry", "entry", name);
  cells += cell("Speed-up", "num", with_note("1×", "by definition")) + cell("Fidelity", "num", with_note("1.000", ""));
  cells += cell("Score", "num", with_note("0.000", "")) + cell("Memory", "num", with_note("1×", ""));
  cells += cell("Package", "num", with_note(bytes(static_cast<double>(view.baseline.facts.package_bytes)), ""));
  return tag("tr", {{"class", "baseline"}}, cells + cell("Reward", "num reward", none()));
}

}  // namespace

Markup standings(const ContestView& view) {
  Markup head;
  for (const char* title : {"#", "Entry", "Speed-up", "Fidelity", "Score", "Memory", "Package", "Reward"}) {
    const std::string word = title;
    head += tag("th",
                {{"scope", "col"},
                 {"class", word == "#"       ? "rank"
                           : word == "Entry" ? "entry"
                                             : "num"}},
                text(word));
  }
  const BarScale scale = scale_of(view);
  Markup rows;
  // The baseline is the bar: those that earned something stand above it.
  bool above = true;
  for (std::size_t i = 0; i < view.entries.size(); ++i) {
    if (above && view.entries[i].verdict.status != verdict::Status::ranked) {
      rows += baseline_row(view);
      above = false;
    }
    rows += row(view.entries[i], i, scale, !view.winner.empty() && view.entries[i].verdict.facts.name == view.winner);
  }
  if (above) rows += baseline_row(view);
  if (view.entries.empty()) rows += "<tr><td colspan=\"8\">No entries took part.</td></tr>"_html;
  return tag(
      "section", {{"class", "standings"}},
      tag("h2", "Standings"_html) +
          tag("p", {{"class", "hint"}},
              "Every figure is measured against the baseline running beside the entry on the same machine. Entries whose intervals overlap are tied, and a tie goes to the earliest content."_html) +
          tag("table", tag("thead", tag("tr", head)) + tag("tbody", rows)));
}

}  // namespace noonmark::report
