#include <algorithm>
#include <vector>

#include "base/codec/text.h"
#include "contest/verdict/policy.h"
#include "edge/report/internal/plot.h"
#include "edge/report/internal/sections.h"
#include "edge/report/internal/words.h"

namespace noonmark::report {

namespace {

/// A sun on the meridian: the mark that a noon mark is.
Markup emblem() {
  return "<svg class=\"emblem\" viewBox=\"0 0 32 32\" aria-hidden=\"true\"><path d=\"M3 22a13 13 0 0 1 26 0\"/><path d=\"M16 3v19\"/><circle cx=\"16\" cy=\"9\" r=\"3.4\"/><path d=\"M1 22h30\"/></svg>"_html;
}

const EntryView* find_winner(const ContestView& view) {
  const auto found = std::find_if(view.entries.begin(), view.entries.end(), [&](const EntryView& entry) {
    return !view.winner.empty() && entry.verdict.facts.name == view.winner;
  });
  return found == view.entries.end() ? nullptr : &*found;
}

const record::Interval* find_metric(const EntryView& entry, record::Metric metric) {
  const auto found = entry.verdict.metrics.find(metric);
  return found == entry.verdict.metrics.end() ? nullptr : &found->second;
}

Markup figure(const std::string& number, const std::string& unit, const Markup& note) {
  return tag("div", {{"class", "figure"}},
             tag("div", {{"class", "number"}}, text(number)) + tag("div", {{"class", "unit"}}, text(unit)) +
                 tag("div", {{"class", "note"}}, note));
}

Markup winner_figures(const EntryView& winner) {
  Markup figures;
  if (const auto* ratio = find_metric(winner, record::Metric::generation_time)) {
    const SpeedUp speed = speed_up(*ratio);
    figures +=
        figure(times(speed.value), "as fast as the baseline", text("between " + times_range(speed.low, speed.high)));
  }
  if (winner.verdict.fidelity) {
    figures += figure(
        fixed(winner.verdict.fidelity->mean, 3), "fidelity of its pictures",
        text("worst picture " + fixed(winner.verdict.fidelity->minimum, 3) + "; 1 is the same, 0 is another seed"));
  }
  figures += figure(percent(static_cast<double>(winner.verdict.weight) / verdict::kWeightUnits), "of the reward",
                    text("score " + fixed(winner.verdict.score.value, 3) + ", between " +
                         fixed(winner.verdict.score.low, 3) + " and " + fixed(winner.verdict.score.high, 3)));
  return tag("div", {{"class", "figures"}}, figures);
}

/// Two rows of pictures: the baseline's and below each of them the winner's.
Markup pairs(const ContestView& view, const EntryView& winner) {
  Markup above = tag("span", {{"class", "whose"}}, "baseline"_html);
  Markup below = tag("span", {{"class", "whose"}}, foreign(title_of(winner), 40));
  std::size_t shown = 0;
  for (std::size_t request = 0; request < view.requests.size() && shown < 6; ++request) {
    if (request >= winner.pictures.size() || winner.pictures[request].empty()) continue;
    const std::string& prompt = view.requests[request].prompt;
    above += picture(view.baseline.pictures, request, "baseline: " + prompt);
    below += picture(winner.pictures, request, title_of(winner) + ": " + prompt);
    ++shown;
  }
  if (shown == 0) return {};
  return tag("div", {{"class", "pairs"}},
             tag("div", {{"class", "row"}}, above) + tag("div", {{"class", "row"}}, below));
}

Markup no_winner(const ContestView& view) {
  return tag("section", {{"class", "outcome"}},
             tag("p", {{"class", "kicker"}}, "Outcome"_html) + tag("h2", "The baseline stands"_html) +
                 tag("p", {{"class", "lede"}},
                     text("None of " + count(view.entries.size(), "entry was", "entries was") +
                          " both faster with confidence and faithful enough. Nobody is paid; the reasons stand with "
                          "each entry.")));
}

}  // namespace

const std::string& title_of(const EntryView& entry) {
  return entry.title.empty() ? entry.verdict.facts.name : entry.title;
}

std::string anchor_of(std::size_t entry) { return "entry-" + std::to_string(entry + 1); }

Markup picture(const PngFiles& files, std::size_t request, const std::string& alt) {
  const bool there = request < files.size() && core::as_text(files[request]).starts_with("\x89PNG\r\n");
  if (!there) return tag("span", {{"class", "hole"}, {"title", "no picture"}}, "no picture"_html);
  return lone_tag("img", {{"class", "shot"},
                          {"alt", alt.substr(0, 300)},
                          {"src", "data:image/png;base64," + codec::base64(files[request])}});
}

Markup masthead(const ContestView& view) {
  const std::string when = moment(view.sealed_at_ns != 0 ? view.sealed_at_ns : view.opened_at_ns);
  Markup facts;
  if (!when.empty()) facts += tag("span", text(when));
  facts += tag("span", foreign(view.contest.device.name, 120));
  facts += tag("span", text(count(view.entries.size(), "entry", "entries") + ", " +
                            count(view.requests.size(), "request", "requests")));
  return tag("header",
             tag("div", {{"class", "brand"}},
                 emblem() + tag("span", "Noonmark"_html) + tag("span", {{"class", "kind"}}, "contest report"_html)) +
                 tag("h1", foreign(view.contest.title.empty() ? "Untitled contest" : view.contest.title, 160)) +
                 tag("p", {{"class", "facts"}}, facts));
}

Markup outcome(const ContestView& view) {
  const EntryView* winner = find_winner(view);
  if (winner == nullptr) return no_winner(view);
  std::string lede;
  if (const auto* ratio = find_metric(*winner, record::Metric::generation_time)) {
    lede = "Makes the baseline’s pictures " + times(speed_up(*ratio).value) + " as fast. ";
  }
  const auto ranked =
      static_cast<std::size_t>(std::count_if(view.entries.begin(), view.entries.end(), [](const EntryView& entry) {
        return entry.verdict.status == verdict::Status::ranked;
      }));
  lede += "First of " + count(ranked, "entry that was", "entries that were") + " both faster and faithful; " +
          std::to_string(view.entries.size()) + " took part.";
  if (view.incumbent_stays) lede += " It reigned before, and nobody passed the margin that dethrones.";
  return tag("section", {{"class", "outcome"}},
             tag("p", {{"class", "kicker"}}, "Winner"_html) + tag("h2", foreign(title_of(*winner), 80)) +
                 tag("p", {{"class", "lede"}}, text(lede)) + winner_figures(*winner) + pairs(view, *winner));
}

Markup plane(const ContestView& view) {
  std::vector<PlotPoint> points;
  Markup absent;
  for (const EntryView& entry : view.entries) {
    const auto* ratio = find_metric(entry, record::Metric::generation_time);
    if (ratio == nullptr || !entry.verdict.fidelity) {
      if (!absent.empty()) absent += ", "_html;
      absent += foreign(title_of(entry), 60) + text(" (" + status_words(entry.verdict.status) + ")");
      continue;
    }
    const bool ranked = entry.verdict.status == verdict::Status::ranked;
    points.push_back({title_of(entry), status_class(entry.verdict.status), ranked ? entry.verdict.rank : 0,
                      speed_up(*ratio), entry.verdict.fidelity->mean, entry.verdict.fidelity->minimum});
  }
  const double floor = view.contest.fidelity.mean_floor.value_or(0);
  Markup body = tag("h2", "Speed and fidelity"_html);
  body += tag(
      "p", {{"class", "hint"}},
      "Right is faster, up is closer to the baseline’s pictures. The bar is the 95\u00a0% interval of the speed-up, the whisker reaches down to the worst picture."_html);
  body += speed_fidelity_plot(points, {.mean_floor = floor, .narrow = false}) +
          speed_fidelity_plot(points, {.mean_floor = floor, .narrow = true});
  if (!absent.empty())
    body += tag("p", {{"class", "hint"}}, "Not in the plot, for want of figures: "_html + absent + "."_html);
  return tag("section", {{"class", "plane"}}, body);
}

}  // namespace noonmark::report
