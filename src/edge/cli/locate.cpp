#include "edge/cli/locate.h"

#include <vector>

namespace noonmark::cli {

core::Result<std::filesystem::path> find_share(const std::filesystem::path& working_directory,
                                               const std::filesystem::path& executable) {
  std::vector<std::filesystem::path> candidates = {working_directory};
  for (auto at = executable.parent_path(); at.has_relative_path(); at = at.parent_path()) candidates.push_back(at);
  candidates.push_back(executable.parent_path().parent_path() / "share" / "noonmark");
  std::error_code ignored;
  for (const auto& candidate : candidates) {
    if (std::filesystem::is_directory(candidate / "contests", ignored)) return candidate;
  }
  return core::not_found("no contests/ folder near " + working_directory.string() + " or " + executable.string() +
                         "; name the contest's file, or start noonmark in the project's folder");
}

core::Result<std::filesystem::path> own_executable() {
  std::error_code problem;
  std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", problem);
  if (problem) return core::unavailable("cannot find the program's own file: mount /proc (" + problem.message() + ")");
  return path;
}

core::Result<std::filesystem::path> find_share() {
  const std::filesystem::path executable = TRY(own_executable());
  std::error_code ignored;
  return find_share(std::filesystem::current_path(ignored), executable);
}

}  // namespace noonmark::cli
