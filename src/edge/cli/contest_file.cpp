#include "edge/cli/contest_file.h"

#include <algorithm>

#include "model/package/manifest.h"

namespace noonmark::cli {

core::Result<rules::Contest> load_contest(const std::filesystem::path& file) {
  rules::Contest contest = TRY(rules::load_contest(file));
  const auto& tasks = package::known_tasks();
  if (std::find(tasks.begin(), tasks.end(), contest.task) == tasks.end()) {
    std::string known;
    for (const std::string& task : tasks) known += (known.empty() ? "" : ", ") + task;
    return core::invalid("contest " + file.string() + ": no runner knows the task '" + contest.task +
                         "'; known: " + known);
  }
  return contest;
}

}  // namespace noonmark::cli
