#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "edge/report/internal/sections.h"
#include "edge/report/internal/strips.h"
#include "edge/report/internal/words.h"

namespace noonmark::report {

namespace {

Markup fact(const char* name, const Markup& value) { return tag("dt", text(name)) + tag("dd", value); }

Markup terms(const EntryView& entry) {
  if (entry.verdict.score.terms.empty()) return {};
  Markup rows;
  for (const verdict::Term& term : entry.verdict.score.terms) {
    std::string interval;
    for (const auto& [metric, value] : entry.verdict.metrics) {
      if (record::name_of(metric) == term.name) interval = fixed(value.low, 3) + "–" + fixed(value.high, 3);
    }
    rows += tag("tr", tag("td", foreign(metric_words(term.name), 60)) +
                          tag("td", {{"class", "num"}}, text(fixed(term.value, 3))) +
                          tag("td", {{"class", "num quiet"}}, text(interval)) +
                          tag("td", {{"class", "num"}}, text(fixed(term.weight, 3))) +
                          tag("td", {{"class", "num"}}, text(fixed(term.effect, 3))));
  }
  const Markup head =
      "<tr><th>Term</th><th class=\"num\">entry ÷ baseline</th><th class=\"num\">interval</th><th class=\"num\">weight</th><th class=\"num\">effect</th></tr>"_html;
  return tag(
      "div", {{"class", "panel"}},
      tag("h4", "Where the score comes from"_html) +
          tag("table", {{"class", "plain"}}, tag("thead", head) + tag("tbody", rows)) +
          tag("p", {{"class", "hint"}},
              text("Score " + fixed(entry.verdict.score.value, 3) + ", between " + fixed(entry.verdict.score.low, 3) +
                   " and " + fixed(entry.verdict.score.high, 3) + ". Ratios below 1 are gains.")));
}

Markup side_facts(const record::Measurement& measurement) {
  const bool cpu = measurement.settings.primary_clock == record::PrimaryClock::cpu;
  std::map<bool, std::vector<double>> load;
  std::map<bool, std::vector<double>> memory;
  for (const record::Launch& launch : measurement.launches) {
    load[launch.baseline].push_back(static_cast<double>(cpu ? launch.load_cpu_ns : launch.load_wall_ns));
    if (launch.peak_memory_bytes > 0) memory[launch.baseline].push_back(static_cast<double>(launch.peak_memory_bytes));
  }
  const auto pair = [](const std::string& own, const std::string& base) { return text(own + " against " + base); };
  Markup list = fact("Load time", pair(duration(median_of(load[false])), duration(median_of(load[true]))));
  if (!memory[false].empty())
    list += fact("Peak memory", pair(bytes(median_of(memory[false])), bytes(median_of(memory[true]))));
  const auto discarded = std::count_if(measurement.turns.begin(), measurement.turns.end(),
                                       [](const auto& turn) { return !turn.discarded.empty(); });
  list += fact("Samples", text(count(measurement.turns.size(), "turn", "turns") + " in " +
                               count(measurement.launches.size() / 2, "pair of launches", "pairs of launches") + ", " +
                               std::to_string(discarded) + " discarded"));
  list += fact("Stopped", text("because " + stop_words(measurement.stop)));
  return tag("dl", {{"class", "facts-list"}}, list);
}

Markup samples(const EntryView& entry) {
  if (!entry.measurement) return {};
  const Markup strips = launch_strips(*entry.measurement);
  const char* clock = entry.measurement->settings.primary_clock == record::PrimaryClock::cpu ? "cpu time" : "wall time";
  Markup body = tag("h4", text(std::string("Raw samples: ") + clock + " of each request"));
  if (!strips.empty()) {
    body += strips +
            tag("p", {{"class", "key"}},
                tag("span", {{"class", "base"}}, "baseline"_html) + tag("span", {{"class", "own"}}, "this entry"_html) +
                    tag("span", {{"class", "off"}}, "discarded"_html));
  }
  body += side_facts(*entry.measurement);
  for (const std::string& warning : entry.measurement->warnings)
    body += tag("p", {{"class", "warning"}}, foreign(warning, 300));
  return tag("div", {{"class", "panel"}}, body);
}

Markup comparators(const EntryView& entry) {
  if (!entry.fidelity || entry.fidelity->outputs.empty()) return {};
  std::map<std::string, std::vector<double>> values;
  for (const auto& output : entry.fidelity->outputs) {
    for (const auto& [name, value] : output.values) values[name].push_back(value);
  }
  Markup rows;
  for (auto& [name, list] : values) {
    std::sort(list.begin(), list.end());
    const auto floor = entry.fidelity->floors.find(name);
    rows += tag("tr",
                tag("td", foreign(comparator_words(name), 40)) +
                    tag("td", {{"class", "num"}}, text(fixed(median_of(list), 3))) +
                    tag("td", {{"class", "num quiet"}}, text(fixed(list.front(), 3) + " … " + fixed(list.back(), 3))) +
                    tag("td", {{"class", "num"}},
                        text(floor == entry.fidelity->floors.end() ? "–" : fixed(floor->second.harmless, 3))) +
                    tag("td", {{"class", "num"}},
                        text(floor == entry.fidelity->floors.end() ? "–" : fixed(floor->second.unrelated, 3))));
  }
  const Markup head =
      "<tr><th>Comparator</th><th class=\"num\">median</th><th class=\"num\">range</th><th class=\"num\">harmless</th><th class=\"num\">other seed</th></tr>"_html;
  Markup body = tag("h4", "How close the pictures are"_html) +
                tag("table", {{"class", "plain"}}, tag("thead", head) + tag("tbody", rows));
  for (const std::string& note : entry.fidelity->notes) body += tag("p", {{"class", "warning"}}, foreign(note, 300));
  return tag("div", {{"class", "panel"}}, body);
}

Markup identity(const EntryView& entry) {
  const record::EntryFacts& facts = entry.verdict.facts;
  Markup list;
  if (title_of(entry) != facts.name) list += fact("Entered by", tag("code", foreign(facts.name, 130)));
  list += fact("Content", tag("code", text(facts.content.hex())));
  list += fact("Author", facts.author.empty() ? "unsigned"_html : tag("code", foreign(facts.author, 130)));
  list += fact("Package", text(bytes(static_cast<double>(facts.package_bytes))));
  list += fact("Order", text("number " + std::to_string(facts.order) + " to be seen" +
                             (facts.first_seen_ns == 0 ? "" : ", " + moment(facts.first_seen_ns))));
  return tag("div", {{"class", "panel"}}, tag("h4", "Package"_html) + tag("dl", {{"class", "facts-list"}}, list));
}

Markup failure(const EntryView& entry) {
  if (!entry.verdict.failure) return {};
  const record::Failure& what = *entry.verdict.failure;
  return tag("p", {{"class", "warning"}},
             tag("b", foreign(metric_words(what.code), 60)) +
                 text(" (the " + std::string(record::name_of(what.owner)) + "’s): ") + foreign(what.message, 600));
}

Markup entry_block(const EntryView& entry, std::size_t index, bool open) {
  const bool ranked = entry.verdict.status == verdict::Status::ranked;
  Markup summary =
      tag("span", {{"class", "rank"}}, ranked ? text(std::to_string(entry.verdict.rank)) : "·"_html) +
      tag("span", {{"class", "name"}}, foreign(title_of(entry), 80)) +
      tag("span", {{"class", "chip " + status_class(entry.verdict.status)}}, text(status_words(entry.verdict.status)));
  Markup body;
  if (!entry.description.empty()) body += tag("p", {{"class", "lede"}}, foreign(entry.description, 600));
  if (!entry.verdict.reason.empty()) body += tag("p", foreign(entry.verdict.reason, 600));
  body += failure(entry) +
          tag("div", {{"class", "panels"}}, terms(entry) + samples(entry) + comparators(entry) + identity(entry));
  const Markup head = tag("summary", summary);
  return open ? tag("details", {{"id", anchor_of(index)}, {"open", ""}}, head + body)
              : tag("details", {{"id", anchor_of(index)}}, head + body);
}

}  // namespace

Markup entry_details(const ContestView& view) {
  Markup blocks;
  for (std::size_t i = 0; i < view.entries.size(); ++i) blocks += entry_block(view.entries[i], i, i == 0);
  if (blocks.empty()) return {};
  return tag("section", {{"class", "details"}}, tag("h2", "Entry by entry"_html) + blocks);
}

}  // namespace noonmark::report
