#pragma once
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/clock.h"
#include "base/telemetry/pace.h"

namespace noonmark::telemetry {

enum class Style {
  bar,     ///< one line that is redrawn in place; for terminals
  lines,   ///< whole lines at a modest rate; for logs and pipes
  silent,  ///< no progress; messages still appear
};

struct ScreenOptions {
  Style style = Style::lines;
  bool colour = false;
  int columns = 80;
  core::Nanos redraw_every = std::chrono::milliseconds(100);  ///< Style::bar
  core::Nanos line_every = std::chrono::seconds(10);          ///< Style::lines
};

/// What `ScreenOptions` should be, from what is known about the output: a bar only on a terminal that can redraw
/// (TERM is set and isn't "dumb"), colour only there and only without NO_COLOR (https://no-color.org).
ScreenOptions screen_options(bool is_terminal, int columns, std::string_view term, bool no_color);

/// The place where people look while long work runs: one progress bar at most, and lines of text above it.
///
/// Gets a writer (stderr in the program, a string in tests); never writes to stdout by itself.
/// Owner:   the program. Threads: every method may be called from any thread. Fails: never (a broken pipe is ignored).
class Screen {
 public:
  using Writer = std::function<void(std::string_view)>;

  Screen(Writer writer, const ScreenOptions& options, const core::Clock& clock);
  /// Takes the bar away.
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// Begins a piece of work of `total` units; an unfinished one is replaced. Requires total > 0.
  void begin(std::string title, double total);
  /// `done` units are finished; `note` says what is being done now. Draws at most as often as the options say.
  void advance_to(double done, std::string_view note = {});
  void resize(double total);
  /// Ends the work: the bar goes. In lines style one last line tells how long it took.
  void end();

  /// A line of text of its own, above the bar. `line` has no newline.
  void print(std::string_view line);

  const ScreenOptions& options() const { return options_; }

 private:
  struct Work {
    std::string title;
    std::string note;
    Pace pace;
    core::Nanos drawn;
  };
  void draw();
  void clear_bar();
  std::string bar_text() const;
  std::string line_text() const;

  const Writer writer_;
  const ScreenOptions options_;
  const core::Clock* const clock_;
  std::mutex mutex_;
  std::optional<Work> work_;  // guarded by mutex_
  bool bar_visible_ = false;  // guarded by mutex_
};

}  // namespace noonmark::telemetry
