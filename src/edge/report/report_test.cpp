#include "edge/report/report.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "edge/report/internal/markup.h"
#include "edge/report/internal/plot.h"
#include "edge/report/internal/sample_view.h"
#include "edge/report/internal/words.h"

namespace noonmark::report {
namespace {

std::size_t count_of(const std::string& page, std::string_view word) {
  std::size_t found = 0;
  for (auto at = page.find(word); at != std::string::npos; at = page.find(word, at + 1)) ++found;
  return found;
}

/// Names of the elements in a page, and whether every one that needs it is closed in order.
struct Parsed {
  std::vector<std::string> names;
  bool balanced = true;
};

Parsed parse(const std::string& page) {
  Parsed result;
  std::vector<std::string> open;
  for (std::size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    if (page.compare(at, 2, "<!") == 0) continue;
    const std::size_t end = page.find('>', at);
    if (end == std::string::npos) return {result.names, false};
    const bool closing = page[at + 1] == '/';
    const std::size_t start = at + (closing ? 2 : 1);
    const std::string name = page.substr(start, page.find_first_of(" />", start) - start);
    if (closing) {
      if (open.empty() || open.back() != name) return {result.names, false};
      open.pop_back();
      continue;
    }
    result.names.push_back(name);
    if (name != "meta" && page[end - 1] != '/') open.push_back(name);
  }
  result.balanced = open.empty();
  return result;
}

/// The same view with `words` in every text that comes from outside.
ContestView with_words(ContestView view, const std::string& words) {
  view.contest.title = view.contest.device.name = view.contest.verdict.policy = words;
  view.program = view.beacon_source = view.record_file = view.signer = words;
  view.machine = {words, 1, 1, words, words, {{words, words}}, {words}};
  view.testers = {{words, view.machine, {words}}};
  view.warnings = {words};
  view.baseline.facts.name = view.baseline.description = words;
  for (auto& request : view.requests) request.prompt = words;
  for (auto& record : view.records) record.kind = words;
  for (auto& entry : view.entries) {
    entry.title = entry.description = entry.verdict.reason = entry.verdict.facts.name = entry.verdict.facts.author =
        words;
    for (auto& term : entry.verdict.score.terms) term.name = words;
    if (entry.verdict.failure) entry.verdict.failure = record::Failure{record::Failure::Owner::entry, words, words};
    if (entry.measurement) entry.measurement->warnings = {words};
    if (entry.fidelity) {
      entry.fidelity->notes = {words};
      entry.fidelity->floors = {{words, {1, 2}}};
      for (auto& output : entry.fidelity->outputs) output.values = {{words, 1}};
    }
  }
  view.winner = words;
  return view;
}

TEST(Report, IsOneWellFormedPageWithoutScriptsOrOutsideResources) {
  const std::string page = render(sample_view());
  ASSERT_TRUE(core::write_file_atomic(NOONMARK_BINARY_DIR "/report-sample.html", std::string_view(page)).ok());
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  const auto parsed = parse(page);
  EXPECT_TRUE(parsed.balanced);
  EXPECT_GT(parsed.names.size(), 500U);
  for (const char* name : {"script", "link", "iframe", "object", "form", "base", "foreignObject", "use"}) {
    EXPECT_EQ(std::count(parsed.names.begin(), parsed.names.end(), name), 0) << name;
  }
  EXPECT_EQ(page.find("http:"), std::string::npos);
  EXPECT_EQ(page.find("https:"), std::string::npos);
  EXPECT_EQ(page.find("url("), std::string::npos);
  EXPECT_EQ(page.find("@import"), std::string::npos);
  EXPECT_EQ(count_of(page, "src=\""), count_of(page, "src=\"data:image/png;base64,"));
  EXPECT_NE(page.find("default-src &#39;none&#39;") == std::string::npos ? page.find("default-src 'none'") : 0,
            std::string::npos);
  EXPECT_NE(page.find("prefers-color-scheme:dark"), std::string::npos);
}

TEST(Report, TellsWhatAPersonComesFor) {
  const std::string page = render(sample_view());
  for (const char* words : {"int8-qdq-10-steps", "4.21×", "0.871", "60\u00a0%", "Not faithful",
                            "below the floor of 0.50", "Refused", "a tiger face, noto style", "seed 500",
                            "No control group could be made", "noonmark contest replay out/record.json",
                            "8 requests got the same picture", "Intel(R) Xeon(R)", "25 November 2026"}) {
    EXPECT_NE(page.find(words), std::string::npos) << words;
  }
  // Each picture of eight entries and the baseline, and six pairs of the winner.
  EXPECT_EQ(count_of(page, "<img "), 8U * 9 + 12);
}

TEST(Report, CallsAnEntryByItsTitleAndKeepsTheNameThatTheRecordHas) {
  ContestView view = sample_view();
  const std::string key = view.entries[0].verdict.facts.name;
  view.entries[0].title = "quick <one>";
  const std::string page = render(view);
  EXPECT_NE(page.find("quick &lt;one&gt;"), std::string::npos);
  EXPECT_EQ(count_of(page, key), 1U) << "beside \"Entered by\" only";
}

TEST(Report, NamesTheTestersAndWhatEachMeasured) {
  ContestView view = sample_view();
  record::Machine machine;
  machine.cpu_model = "a tester's processor";
  machine.cores = 8;
  view.testers = {{"5Tester", machine, {"int8-qdq-10-steps"}}};
  const std::string page = render(view);
  EXPECT_NE(page.find("Tester <bdi>5Tester</bdi> measured <bdi>int8-qdq-10-steps</bdi>"), std::string::npos);
  EXPECT_NE(page.find("floors of its own"), std::string::npos);
  EXPECT_EQ(page.find("Intel(R) Xeon(R)"), std::string::npos);  // the validator's machine measured nothing
  EXPECT_TRUE(parse(page).balanced);
}

TEST(Report, EscapesEveryForeignText) {
  const ContestView plain = with_words(sample_view(), "plain");
  const auto expected = parse(render(plain));
  ASSERT_TRUE(expected.balanced);
  for (const std::string& attack :
       {std::string("<script>alert(1)</script>"), std::string("\"><img src=x onerror=alert(1)>"),
        std::string("' onmouseover='alert(1)"), std::string("</style><svg onload=alert(1)>"),
        std::string("</title><b>"), std::string("&lt;script&gt;"), std::string("<!--"), std::string("]]>"),
        std::string("\0<b>\0", 5), std::string("\xff\xfe<b>"), std::string("\xe2\x80\xae<i>")}) {
    const std::string page = render(with_words(sample_view(), attack));
    const auto parsed = parse(page);
    EXPECT_TRUE(parsed.balanced) << attack;
    EXPECT_EQ(parsed.names, expected.names) << attack;
    EXPECT_EQ(page.find("<script"), std::string::npos);
    EXPECT_EQ(page.find("onerror=alert(1)>\""), std::string::npos);
  }
}

TEST(Report, QuotesTheRecordsNameForAShell) {
  ContestView view = sample_view();
  view.record_file = "my record'; rm -rf x";
  const std::string page = render(view);
  EXPECT_NE(page.find("replay &#39;my record&#39;\\&#39;&#39;; rm -rf x&#39;\n"), std::string::npos);
}

TEST(Report, IsTotal) {
  EXPECT_TRUE(parse(render(ContestView{})).balanced);
  ContestView view = sample_view();
  view.winner.clear();
  EXPECT_NE(render(view).find("The baseline stands"), std::string::npos);
  for (auto& entry : view.entries) {
    entry.measurement.reset();
    entry.fidelity.reset();
    entry.pictures.clear();
    entry.verdict.metrics.clear();
    entry.verdict.fidelity.reset();
    entry.verdict.score = {};
  }
  view.baseline.pictures.resize(2);
  view.requests.clear();
  EXPECT_TRUE(parse(render(view)).balanced);
  view = sample_view();
  for (auto& entry : view.entries) {
    for (auto& [metric, ratio] : entry.verdict.metrics) {
      ratio = {1e-9, std::numeric_limits<double>::quiet_NaN(), 1e9};
    }
    entry.verdict.fidelity = verdict::Faithfulness{std::numeric_limits<double>::quiet_NaN(), -3};
  }
  const std::string page = render(view);
  EXPECT_TRUE(parse(page).balanced);
  EXPECT_EQ(page.find("\"nan\""), std::string::npos);
  EXPECT_EQ(page.find("\"-nan\""), std::string::npos);
}

TEST(Report, EmbedsOnlyPngFiles) {
  ContestView view = sample_view();
  const auto svg = core::as_bytes("<svg onload=alert(1)>");
  view.baseline.pictures[0] = core::Bytes(svg.begin(), svg.end());
  const std::string page = render(view);
  EXPECT_EQ(count_of(page, "<img "), 8U * 9 + 12 - 2);
  EXPECT_NE(page.find("no picture"), std::string::npos);
}

TEST(Report, StaysOfBoundedSizeAndSaysWhatIsLeftOut) {
  ContestView view = sample_view();
  const EntryView entry = view.entries[0];
  view.entries.assign(40, entry);
  const RequestView request = view.requests[0];
  view.requests.assign(100, request);
  const std::string page = render(view);
  EXPECT_NE(page.find("88 further requests and 16 further entries"), std::string::npos);
  EXPECT_LT(page.size(), 8U << 20);
}

TEST(Report, GivesTheSameBytesForTheSameView) { EXPECT_EQ(render(sample_view()), render(sample_view())); }

TEST(Markup, ReplacesWhatIsNotTextAndKeepsWhatIs) {
  EXPECT_EQ(text("a<b>&\"'").html(), "a&lt;b&gt;&amp;&quot;&#39;");
  EXPECT_EQ(text("ü 漢 😀\n\t").html(), "ü 漢 😀\n\t");
  EXPECT_EQ(text(std::string_view("\0\x01\x7f", 3)).html(), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(text("\xc0\xaf").html(), "\xef\xbf\xbd\xef\xbf\xbd");                  // overlong
  EXPECT_EQ(text("\xed\xa0\x80").html(), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // surrogate
  EXPECT_EQ(text("\xe6\xbc").html(), "\xef\xbf\xbd\xef\xbf\xbd");                  // cut short
  EXPECT_EQ(foreign("abcü", 4).html(), "<bdi>abc…</bdi>");
  EXPECT_EQ(tag("a", {{"title", "\"<"}}, text("x")).html(), "<a title=\"&quot;&lt;\">x</a>");
}

TEST(Words, WriteNumbersAsPeopleDo) {
  EXPECT_EQ(times(3.14159), "3.14×");
  EXPECT_EQ(times(31.4159), "31.4×");
  EXPECT_EQ(times(9.999), "10.0×");
  EXPECT_EQ(times_range(0.5, 120), "0.50–120×");
  EXPECT_EQ(bytes(13'700'000), "13.7\u00a0MB");
  EXPECT_EQ(bytes(812), "812\u00a0B");
  EXPECT_EQ(duration(43.14e6), "43.1\u00a0ms");
  EXPECT_EQ(percent(0.6), "60\u00a0%");
  EXPECT_EQ(percent(0.0425), "4.2\u00a0%");
  EXPECT_EQ(fixed(-0.25, 2), "−0.25");
  EXPECT_EQ(moment(1'795'650'000'000'000'000), "25 November 2026, 23:40 UTC");
  EXPECT_EQ(moment(0), "");
  const auto speed = speed_up({0.5, 0.4, 0.8});
  EXPECT_EQ(speed.value, 2);
  EXPECT_EQ(speed.low, 1.25);
  EXPECT_EQ(speed.high, 2.5);
}

TEST(Plot, TicksAreRoundAndFew) {
  EXPECT_EQ(log_ticks(0.8, 12), (std::vector<double>{1, 2, 5, 10}));
  for (const auto& [low, high] : {std::pair{0.8, 1.5}, {0.05, 60.0}, {0.9, 3.0}, {0.01, 1000.0}}) {
    const auto ticks = log_ticks(low, high);
    EXPECT_GE(ticks.size(), 2U) << low;
    EXPECT_LE(ticks.size(), 8U) << low;
    EXPECT_TRUE(std::is_sorted(ticks.begin(), ticks.end()));
  }
}

}  // namespace
}  // namespace noonmark::report
