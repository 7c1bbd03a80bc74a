#include "trial/sandbox/process.h"

#include <cstring>

#include "base/core/check.h"
#include "trial/sandbox/internal/keeper.h"

namespace noonmark::sandbox {

std::string_view to_string(EndKind kind) {
  switch (kind) {
    case EndKind::exited:
      return "exited";
    case EndKind::signalled:
      return "signalled";
    case EndKind::stopped:
      return "stopped";
    case EndKind::memory_limit:
      return "memory_limit";
    case EndKind::wall_limit:
      return "wall_limit";
    case EndKind::cpu_limit:
      return "cpu_limit";
    case EndKind::process_limit:
      return "process_limit";
    case EndKind::output_limit:
      return "output_limit";
    case EndKind::forbidden_call:
      return "forbidden_call";
    case EndKind::not_started:
      return "not_started";
  }
  return "unknown";
}

std::string End::describe() const {
  switch (kind) {
    case EndKind::exited:
      return "it ended by itself with status " + std::to_string(code);
    case EndKind::signalled:
      return "it was ended by signal " + std::to_string(code) + " (" + ::strsignal(code) + ")";
    case EndKind::stopped:
      return "it was stopped";
    case EndKind::memory_limit:
      return "it used more memory than allowed and was killed";
    case EndKind::wall_limit:
      return "it ran longer than allowed and was killed";
    case EndKind::cpu_limit:
      return "it used more cpu time than allowed and was killed";
    case EndKind::process_limit:
      return "it started more processes than allowed and was killed";
    case EndKind::output_limit:
      return "it printed more than allowed and was killed";
    case EndKind::forbidden_call:
      return "it made a system call that is forbidden inside the sandbox and was killed";
    case EndKind::not_started:
      return "it could not be started: " + output;
  }
  return "it ended";
}

Process::Process(std::unique_ptr<Keeper> keeper) : keeper_(std::move(keeper)) { CHECK(keeper_ != nullptr); }
Process::~Process() = default;

core::Result<std::chrono::nanoseconds> Process::cpu_time() const { return keeper_->cpu_time(); }
core::Result<Readings> Process::readings() const { return keeper_->readings(); }
bool Process::running() const { return keeper_->running(); }
std::optional<End> Process::wait(std::chrono::nanoseconds limit) const { return keeper_->wait(limit); }
End Process::stop() { return keeper_->stop(); }
std::string Process::output() const { return keeper_->output(); }

}  // namespace noonmark::sandbox
