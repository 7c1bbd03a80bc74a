#include "base/telemetry/screen.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/core/check.h"

namespace noonmark::telemetry {
namespace {

constexpr std::string_view kClearLine = "\r\x1b[K";
constexpr int kBarCells = 24;

std::string percent(double fraction) {
  char text[16];
  std::snprintf(text, sizeof text, "%3d %%", static_cast<int>(std::floor(fraction * 100)));
  return text;
}

/// At most `columns` bytes; the cut never falls into a UTF-8 sequence. Control characters become spaces, so that a
/// package's name can't steer the terminal.
std::string fit(std::string_view text, int columns) {
  std::string result(text.substr(0, static_cast<std::size_t>(std::max(0, columns))));
  if (result.size() < text.size()) {
    while (!result.empty() && (static_cast<unsigned char>(text[result.size()]) & 0xC0) == 0x80) result.pop_back();
  }
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return result;
}

}  // namespace

ScreenOptions screen_options(bool is_terminal, int columns, std::string_view term, bool no_color) {
  ScreenOptions options;
  const bool redraws = is_terminal && !term.empty() && term != "dumb";
  options.style = redraws ? Style::bar : Style::lines;
  options.colour = redraws && !no_color;
  options.columns = columns > 20 ? columns : 80;
  return options;
}

Screen::Screen(Writer writer, const ScreenOptions& options, const core::Clock& clock)
    : writer_(std::move(writer)), options_(options), clock_(&clock) {}

Screen::~Screen() {
  const std::lock_guard lock(mutex_);
  clear_bar();
}

void Screen::begin(std::string title, double total) {
  const std::lock_guard lock(mutex_);
  // Long ago, so that the first report draws at once.
  const core::Nanos long_ago = clock_->steady() - std::max(options_.redraw_every, options_.line_every);
  work_.emplace(Work{std::move(title), {}, Pace(*clock_, total), long_ago});
  draw();
}

void Screen::advance_to(double done, std::string_view note) {
  const std::lock_guard lock(mutex_);
  if (!work_) return;
  work_->pace.advance_to(done);
  if (!note.empty()) work_->note = note;
  draw();
}

void Screen::resize(double total) {
  const std::lock_guard lock(mutex_);
  if (work_) work_->pace.resize(total);
}

void Screen::end() {
  const std::lock_guard lock(mutex_);
  if (!work_) return;
  clear_bar();
  if (options_.style == Style::lines) {
    writer_(fit(work_->title, 200) + ": done in " + duration_text(work_->pace.elapsed()) + "\n");
  }
  work_.reset();
}

void Screen::print(std::string_view line) {
  const std::lock_guard lock(mutex_);
  clear_bar();
  writer_(std::string(line) + "\n");
  if (work_ && options_.style == Style::bar) {
    writer_(bar_text());
    bar_visible_ = true;
  }
}

void Screen::draw() {
  if (options_.style == Style::silent) return;
  const core::Nanos now = clock_->steady();
  const bool bar = options_.style == Style::bar;
  if (now - work_->drawn < (bar ? options_.redraw_every : options_.line_every)) return;
  work_->drawn = now;
  if (bar) {
    writer_(std::string(kClearLine) + bar_text());
    bar_visible_ = true;
  } else {
    writer_(line_text() + "\n");
  }
}

void Screen::clear_bar() {
  if (bar_visible_) writer_(kClearLine);
  bar_visible_ = false;
}

std::string Screen::bar_text() const {
  const double fraction = work_->pace.fraction();
  const int full = static_cast<int>(std::lround(fraction * kBarCells));
  std::string bar;
  for (int i = 0; i < kBarCells; ++i) bar += i < full ? '#' : '.';
  const std::optional<core::Nanos> left = work_->pace.left();
  const std::string head = percent(fraction) + " ";
  const std::string tail = (left ? " " + duration_text(*left) + " left  " : std::string("  ")) + work_->title +
                           (work_->note.empty() ? "" : ": " + work_->note);
  const int used = static_cast<int>(head.size()) + kBarCells + 2;
  const std::string shown = fit(tail, options_.columns - 1 - used);
  if (!options_.colour) return head + "[" + bar + "]" + shown;
  return head + "[\x1b[32m" + bar.substr(0, static_cast<std::size_t>(full)) + "\x1b[0m" +
         bar.substr(static_cast<std::size_t>(full)) + "]" + shown;
}

std::string Screen::line_text() const {
  std::string text = work_->title + ": " + percent(work_->pace.fraction());
  if (const auto left = work_->pace.left()) text += ", " + duration_text(*left) + " left";
  if (!work_->note.empty()) text += ", " + work_->note;
  return fit(text, 400);
}

}  // namespace noonmark::telemetry
