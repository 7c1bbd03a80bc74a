#include "edge/cli/secret_input.h"

#include <algorithm>
#include <cerrno>
#include <termios.h>
#include <unistd.h>

#include "crypto/sign/private_file.h"

namespace noonmark::cli {
namespace {

constexpr std::size_t kMaxLine = 1024;

void tell(std::string_view text) {
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
}

/// The terminal shows nothing of what is typed while this lives.
class NoEcho {
 public:
  NoEcho() {
    active_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!active_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    active_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    if (!active_) return;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    tell("\n");
  }
  bool active() const { return active_; }

 private:
  termios before_{};
  bool active_ = false;
};

/// Byte by byte, so that the next question finds its own line.
core::Result<sign::SecretText> read_line(std::string_view what) {
  sign::SecretText line;
  line->reserve(kMaxLine + 1);
  for (;;) {
    char c = 0;
    const ssize_t count = ::read(STDIN_FILENO, &c, 1);
    if (count < 0 && errno == EINTR) return core::cancelled("interrupted");
    if (count < 0) return core::from_errno(errno, "cannot read " + std::string(what) + " from standard input");
    if (count == 0 || c == '\n') break;
    if (line->size() == kMaxLine) return core::invalid(std::string(what) + " is longer than 1024 bytes");
    line->push_back(c);
  }
  if (line->ends_with('\r')) line->pop_back();
  if (line->empty())
    return core::invalid("no " + std::string(what) + " was given; type it, or put a line on standard input");
  return line;
}

}  // namespace

bool input_is_terminal() { return ::isatty(STDIN_FILENO) == 1; }

core::Result<sign::SecretText> ask_secret(std::string_view what) {
  if (!input_is_terminal()) return read_line(what);
  const NoEcho silence;
  if (!silence.active()) return core::internal("the terminal can't hide what is typed; use a file or a pipe");
  tell(std::string(what) + ": ");
  return read_line(what);
}

core::Result<sign::SecretText> read_secret_file(const std::filesystem::path& path) {
  const sign::SecretBytes content = TRY(sign::read_private_file(path, kMaxLine));
  const std::string_view text = core::as_text(*content);
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  if (line.empty()) return core::invalid("the first line of " + path.string() + " is empty");
  return sign::SecretText(std::string(line));
}

}  // namespace noonmark::cli
