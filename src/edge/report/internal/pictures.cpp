#include <algorithm>

#include "edge/report/internal/sections.h"
#include "edge/report/internal/words.h"

namespace noonmark::report {

namespace {

/// The score of one request, if it was compared.
const record::OutputFidelity* output_of(const EntryView& entry, std::size_t request) {
  if (!entry.fidelity) return nullptr;
  const auto& outputs = entry.fidelity->outputs;
  const auto found = std::find_if(outputs.begin(), outputs.end(),
                                  [&](const auto& output) { return output.request == static_cast<int>(request); });
  return found == outputs.end() ? nullptr : &*found;
}

/// A thin bar below a picture: how much of the way from another seed (empty) to the same picture (full).
Markup score_line(double score) {
  const std::string width = "width:" + coordinate(std::clamp(score, 0.0, 1.0) * 100) + "%";
  return tag("span", {{"class", "meter"}}, tag("i", {{"style", width}}, {}));
}

Markup tile(const Markup& shot, const Markup& caption, const char* kind) {
  return tag("figure", {{"class", kind}}, shot + tag("figcaption", caption));
}

Markup entry_tile(const EntryView& entry, std::size_t request, const std::string& prompt) {
  Markup caption = tag("span", {{"class", "who"}}, foreign(title_of(entry), 40));
  if (const auto* output = output_of(entry, request)) {
    caption += score_line(output->score) + tag("span", {{"class", "mark"}}, text(fixed(output->score, 2)));
  }
  return tile(picture(entry.pictures, request, title_of(entry) + ": " + prompt), caption, "tile");
}

bool has_pictures(const EntryView& entry) {
  return std::any_of(entry.pictures.begin(), entry.pictures.end(), [](const auto& file) { return !file.empty(); });
}

}  // namespace

Markup pictures(const ContestView& view) {
  std::vector<const EntryView*> pictured;
  for (const EntryView& entry : view.entries) {
    if (has_pictures(entry)) pictured.push_back(&entry);
  }
  const std::size_t entries = std::min(pictured.size(), kMostPictured);
  const std::size_t requests = std::min(view.requests.size(), kMostRequests);
  Markup rows;
  for (std::size_t request = 0; request < requests; ++request) {
    const RequestView& asked = view.requests[request];
    Markup tiles = tile(picture(view.baseline.pictures, request, "baseline: " + asked.prompt),
                        tag("span", {{"class", "who"}}, "baseline"_html), "tile base");
    for (std::size_t i = 0; i < entries; ++i) tiles += entry_tile(*pictured[i], request, asked.prompt);
    rows += tag(
        "article", {{"class", "request"}},
        tag("h3", foreign(asked.prompt, 200) + tag("small", text("seed " + std::to_string(asked.seed)))) +
            tag("div",
                {{"class", "tiles"}, {"style", "--n:" + std::to_string(std::clamp<std::size_t>(entries + 1, 6, 10))}},
                tiles));
  }
  if (requests == 0) rows += tag("p", {{"class", "hint"}}, "There are no pictures in this record."_html);
  Markup rest;
  if (view.requests.size() > requests || pictured.size() > entries) {
    rest =
        tag("p", {{"class", "hint"}},
            text(std::to_string(view.requests.size() - requests) + " further requests and " +
                 std::to_string(pictured.size() - entries) + " further entries are in the record and not shown here."));
  }
  return tag(
      "section", {{"class", "pictures"}},
      tag("h2", "Pictures"_html) +
          tag("p", {{"class", "hint"}},
              "Same prompt, same seed. The figure below each picture is its fidelity: 1 is the baseline’s own picture, 0 is no closer than a picture for another seed."_html) +
          rows + rest);
}

}  // namespace noonmark::report
