#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "edge/report/internal/sections.h"
#include "edge/report/internal/strips.h"
#include "edge/report/internal/words.h"

namespace noonmark::report {

namespace {

Markup fact(const std::string& name, const Markup& value) { return tag("dt", text(name)) + tag("dd", value); }

Markup facts_of(const record::Machine& host) {
  Markup list =
      fact("Processor", foreign(host.cpu_model.empty() ? "unknown" : host.cpu_model, 120) +
                            text(", " + count(static_cast<std::size_t>(std::max(0, host.cores)), "core", "cores")));
  list += fact("Memory", text(host.memory_bytes > 0 ? bytes(static_cast<double>(host.memory_bytes)) : "unknown"));
  list += fact("System", foreign(host.os, 120) + text(", ") + foreign(host.kernel, 120));
  Markup accelerators;
  for (const std::string& name : host.accelerators) accelerators += foreign(name, 80) + " "_html;
  if (!accelerators.empty()) list += fact("Accelerators", accelerators);
  for (const auto& [name, version] : host.versions) list += fact(name.substr(0, 60), foreign(version, 60));
  return tag("dl", {{"class", "facts-list"}}, list);
}

/// The machine that measured; with testers, each of them and what it measured.
Markup machines(const ContestView& view) {
  Markup body = tag("h4", "Machine"_html);
  if (view.testers.empty()) body += facts_of(view.machine);
  for (const TesterView& tester : view.testers) {
    Markup names;
    for (const std::string& name : tester.entries) names += foreign(name, 80) + " "_html;
    body +=
        tag("p", text("Tester ") + foreign(tester.account, 64) + text(" measured ") + names) + facts_of(tester.machine);
  }
  return tag(
      "div", {{"class", "panel"}},
      body + tag("p", {{"class", "hint"}}, text("Device of the contest: ") + foreign(view.contest.device.name, 160)));
}

Markup host_health(const ContestView& view) {
  std::vector<double> load;
  std::vector<double> steal;
  std::size_t unfit = 0;
  for (const EntryView& entry : view.entries) {
    if (!entry.measurement) continue;
    for (const record::HostSample& sample : entry.measurement->host) {
      load.push_back(sample.other_load);
      steal.push_back(sample.steal);
      unfit += sample.unfit.empty() ? 0 : 1;
    }
  }
  Markup body = tag("h4", "While it was measured"_html);
  if (load.empty()) {
    body += tag("p", {{"class", "hint"}}, "No samples of the host's state were kept."_html);
  } else {
    const auto most = [](const std::vector<double>& values) { return *std::max_element(values.begin(), values.end()); };
    Markup list = fact("Other load", text("median " + percent(median_of(load)) + ", highest " + percent(most(load))));
    list += fact("Stolen time", text("median " + percent(median_of(steal)) + ", highest " + percent(most(steal))));
    list += fact("Unfit", text(std::to_string(unfit) + " of " + count(load.size(), "sample", "samples")));
    body += tag("dl", {{"class", "facts-list"}}, list);
  }
  for (const std::string& warning : view.warnings) body += tag("p", {{"class", "warning"}}, foreign(warning, 400));
  if (view.warnings.empty())
    body +=
        tag("p", {{"class", "hint"}}, "There were no warnings about the machine or the wall around the packages."_html);
  return tag("div", {{"class", "panel"}}, body);
}

Markup rules_of(const ContestView& view) {
  const rules::Contest& contest = view.contest;
  Markup list;
  double total = 0;
  for (const auto& [metric, weight] : contest.weights) total += weight;
  for (const auto& [metric, weight] : contest.weights)
    list += fact(metric_words(metric), text(percent(total > 0 ? weight / total : 0) + " of the score"));
  const auto floor = [](const std::optional<double>& value) {
    return text(value ? "at least " + fixed(*value, 2) : "no floor");
  };
  list += fact("mean fidelity", floor(contest.fidelity.mean_floor)) +
          fact("worst picture", floor(contest.fidelity.minimum_floor));
  std::string shares;
  for (const double share : contest.payout.shares) shares += (shares.empty() ? "" : ", ") + percent(share);
  list += fact("reward by rank", text(shares)) + fact("policy", foreign(contest.verdict.policy, 60));
  if (!view.beacon_source.empty()) list += fact("requests from", foreign(view.beacon_source, 200));
  return tag("div", {{"class", "panel"}}, tag("h4", "Rules"_html) + tag("dl", {{"class", "facts-list"}}, list));
}

const record::FidelityReport* any_report(const ContestView& view) {
  for (const EntryView& entry : view.entries) {
    if (entry.fidelity && !entry.fidelity->floors.empty()) return &*entry.fidelity;
  }
  return nullptr;
}

Markup floors(const ContestView& view) {
  const record::FidelityReport* report = any_report(view);
  if (report == nullptr) return {};
  Markup rows;
  for (const auto& [name, floor] : report->floors) {
    rows += tag("tr", tag("td", foreign(comparator_words(name), 40)) +
                          tag("td", {{"class", "num"}}, text(fixed(floor.harmless, 4))) +
                          tag("td", {{"class", "num"}}, text(fixed(floor.unrelated, 4))));
  }
  const Markup head =
      "<tr><th>Comparator</th><th class=\"num\">counts as equal</th><th class=\"num\">counts as unrelated</th></tr>"_html;
  return tag(
      "div", {{"class", "panel"}},
      tag("h4", "What fidelity means here"_html) +
          tag("table", {{"class", "plain"}}, tag("thead", head) + tag("tbody", rows)) +
          tag("p", {{"class", "hint"}},
              "The baseline was compared with itself under harmless variation (threads, half-precision weights, optimisation level), and with its own pictures for other seeds. A picture’s fidelity is the way from the second to the first, agreed between structure and a network’s perception."_html) +
          (view.testers.empty()
               ? Markup()
               : tag("p", {{"class", "hint"}},
                     "Every tester compares with its own pictures of the baseline, and has floors of its own; these are those of the first entry’s."_html)));
}

/// A file's name as a shell takes it for one word.
std::string shell_word(const std::string& file) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_-./+,:@%").find(c) != std::string_view::npos;
  };
  if (!file.starts_with('-') && std::all_of(file.begin(), file.end(), plain)) return file;
  std::string quoted = "'";
  for (const char c : file) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

Markup conditions(const ContestView& view) {
  return tag("section", {{"class", "conditions"}},
             tag("h2", "Conditions"_html) +
                 tag("div", {{"class", "panels"}}, rules_of(view) + floors(view) + machines(view) + host_health(view)));
}

Markup verification(const ContestView& view) {
  const std::string file = view.record_file.empty() ? "RECORD" : shell_word(view.record_file);
  Markup body = tag("h2", "Check it yourself"_html);
  body += tag(
      "p",
      "Every figure on this page derives from raw samples in the record. These commands recompute the verdict from them, and check that no byte was changed:"_html);
  body += tag("pre", tag("code", text("noonmark contest replay ") + text(file) + text("\nnoonmark contest verify ") +
                                     text(file)));
  Markup list = fact("contest", tag("code", text(view.contest_digest.hex())));
  list += fact("baseline", tag("code", text(view.baseline.facts.content.hex())));
  if (!view.signer.empty()) list += fact("signed by", tag("code", foreign(view.signer, 130)));
  body += tag("dl", {{"class", "facts-list"}}, list);
  if (!view.records.empty()) {
    Markup rows;
    for (const RecordView& link : view.records)
      rows += tag("li", tag("span", foreign(link.kind, 64)) + tag("code", text(link.digest.hex())));
    body +=
        tag("details", {{"class", "chain"}},
            tag("summary", text("The chain of " + count(view.records.size(), "record", "records"))) + tag("ol", rows));
  }
  body += tag("p", {{"class", "hint"}},
              text("Made by ") + foreign(view.program.empty() ? "noonmark" : view.program, 60) +
                  text(". This page loads nothing and runs no script."));
  return tag("section", {{"class", "verification"}}, body);
}

}  // namespace noonmark::report
