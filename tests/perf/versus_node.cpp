// Images per second of our pipeline against the same pipeline written in JavaScript on npm onnxruntime-node, with the
// same model and the same number of threads. Both processes are alive together and take turns in the order ABBA; the
// time of a turn is read here. One launch of both gives one ratio, the median over its pairs.
//
//   perf_versus_node --package DIR --node-modules DIR --script FILE [--threads 2] [--images 1] [--launches 5] [--pairs
//   8] [--goal 1.2]
#include <cmath>
#include <iostream>

#include "base/codec/text.h"
#include "child_process.h"
#include "turns.h"

namespace {

using namespace noonmark;

struct Times {
  double wall = 0, cpu = 0;
};

std::optional<Times> turn(perf::ChildProcess& child, int seed, const std::string& images) {
  const double start = perf::wall_ns();
  const auto answer = child.ask(std::to_string(seed) + " " + images);
  if (!answer) return std::nullopt;
  const double wall = perf::wall_ns() - start;
  return Times{wall, std::strtod(answer->substr(answer->find(' ')).c_str(), nullptr)};
}

/// Largest difference of two hexadecimal pixel strings, or nothing when they don't belong together.
std::optional<int> difference(perf::ChildProcess& ours, perf::ChildProcess& theirs) {
  const auto a = codec::parse_hex(ours.ask("show 5").value_or("")),
             b = codec::parse_hex(theirs.ask("show 5").value_or(""));
  if (!a.ok() || !b.ok() || a->empty() || a->size() != b->size()) return std::nullopt;
  int largest = 0;
  for (std::size_t i = 0; i < a->size(); ++i) largest = std::max(largest, std::abs(int((*a)[i]) - int((*b)[i])));
  return largest;
}

struct Launch {
  double wall_ratio = 0, cpu_ratio = 0;  // theirs / ours
};

std::optional<Launch> launch(const std::vector<std::string>& our_command, const std::vector<std::string>& their_command,
                             const std::string& images, int pairs) {
  perf::ChildProcess ours(our_command), theirs(their_command);
  const auto unlike = difference(ours, theirs);
  if (!unlike || *unlike > 2) {
    std::cerr << "the two pipelines do not make the same picture"
              << (unlike ? ": differ by " + std::to_string(*unlike) : "") << "\n";
    return std::nullopt;
  }
  std::vector<stats::Pair> walls, cpus;
  for (int pair = -1; pair < pairs; ++pair) {
    std::optional<Times> a, b;
    if (pair % 2 == 0) {
      a = turn(ours, pair + 10, images);
      b = turn(theirs, pair + 10, images);
    } else {
      b = turn(theirs, pair + 10, images);
      a = turn(ours, pair + 10, images);
    }
    if (!a || !b) return std::nullopt;
    if (pair < 0) continue;  // warm-up
    walls.push_back({b->wall, a->wall});
    cpus.push_back({b->cpu, a->cpu});
  }
  return Launch{stats::median_of_ratios(walls).value_or(0), stats::median_of_ratios(cpus).value_or(0)};
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  const auto get = [&](const char* name, const char* fallback) { return perf::option(arguments, name, fallback); };
  const std::string package = get("package", ""), modules = get("node-modules", ""), script = get("script", "");
  const std::string threads = get("threads", "2"), images = get("images", "1");
  if (package.empty() || modules.empty() || script.empty()) {
    std::cerr << "usage: perf_versus_node --package DIR --node-modules DIR --script FILE [--threads 2] [--images 1] "
                 "[--launches 5] "
                 "[--pairs 8] [--goal 1.2]\n";
    return 2;
  }
  const std::string spinning = get("node-spinning", "yes") == "no" ? "no-spinning" : "spinning";
  const std::string self = words[0];
  const std::string ours = self.substr(0, self.rfind('/') + 1) + "perf_pipeline";
  std::vector<double> walls, cpus;
  for (int i = 0; i < std::atoi(get("launches", "5").c_str()); ++i) {
    const auto one = launch({ours, package, threads}, {"node", script, modules, package, threads, spinning}, images,
                            std::atoi(get("pairs", "8").c_str()));
    if (!one) return 3;
    walls.push_back(one->wall_ratio);
    cpus.push_back(one->cpu_ratio);
  }
  const double goal = std::strtod(get("goal", "1.2").c_str(), nullptr);
  codec::Json result = perf::result_json("onnxruntime_node_" + images + "_at_once_" + threads + "_threads", walls,
                                         "times onnxruntime-node's images per second", goal, false);
  result["cpu_ratio"] = perf::result_json("", cpus, "", 1, false)["ratio"];
  std::printf("%s\n", codec::write_json(result).c_str());
  return 0;
}
