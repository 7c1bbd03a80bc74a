#include "edge/report/report.h"

#include "edge/report/internal/markup.h"
#include "edge/report/internal/sections.h"

namespace noonmark::report {

std::string render(const ContestView& view) {
  // The policy forbids scripts and every outside resource, so that even an escaping mistake couldn't run or send
  // anything.
  const Markup head =
      "<meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
      "'unsafe-inline'; base-uri 'none'; form-action 'none'\">"
      "<meta name=\"color-scheme\" content=\"light dark\">"
      "<meta name=\"referrer\" content=\"no-referrer\">"_html +
      tag("title", text("Noonmark: " + view.contest.title)) + tag("style", style_sheet());
  Markup body = masthead(view);
  body += tag("main", outcome(view) + plane(view) + standings(view) + pictures(view) + entry_details(view) +
                          conditions(view) + verification(view));
  return "<!doctype html>\n" + tag("html", {{"lang", "en"}}, tag("head", head) + tag("body", body)).html() + "\n";
}

}  // namespace noonmark::report
