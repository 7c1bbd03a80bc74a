// What the wall costs: the same package is started and asked behind it and as a plain child process, taking turns.
//
//   perf_sandbox_overhead PACKAGE [LAUNCHES [PAIRS]]     prints two JSON lines: per start (ms) and per image (ratio of
//   cpu time) perf_sandbox_overhead runner --package DIR --listen-fd N     the child of both

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/codec/json.h"
#include "base/core/random.h"
#include "base/stats/estimators.h"
#include "base/stats/interval.h"
#include "model/onnx/runtime.h"
#include "model/pipelines/pipeline.h"
#include "net/client/http_client.h"
#include "net/server/listen.h"
#include "trial/runner/protocol.h"
#include "trial/runner/runner_process.h"
#include "trial/runner/serve.h"

namespace {

using namespace noonmark;
using std::chrono::nanoseconds;

const core::SystemClock kClock;
constexpr int kCpu = 0;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "perf_sandbox_overhead: %s\n", why.c_str());
  std::exit(5);
}

template <class T>
T must(core::Result<T> result) {
  if (!result.ok()) give_up(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

int serve_package(const std::string& folder, int descriptor, const std::string& library) {
  const package::Package opened = must(package::Package::open(folder));
  const std::unique_ptr<onnx::Runtime> runtime = must(onnx::Runtime::open({library, false}));
  const std::unique_ptr<runner::Skill> skill = must(runner::open_skill(opened, *runtime, kClock));
  const std::atomic<bool> stop{false};
  must(runner::serve(*skill, server::Endpoint::listening(descriptor), {opened.manifest().name, 16}, kClock, stop));
  return 0;
}

struct Cost {
  nanoseconds wall{0}, cpu{0};
};

// The same child without any wall, pinned to the same processor.
class PlainProcess {
 public:
  PlainProcess(const std::string& self, const std::string& folder)
      : directory_(must(core::TempDir::create("noonmark-plain"))) {
    const nanoseconds begin = kClock.steady();
    const std::filesystem::path path = directory_.path() / "socket";
    const core::UniqueFd listener = must(server::open_listener(server::Endpoint::unix_path(path)));
    child_ = ::fork();
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::setsid();  // as behind the wall: the kernel shares time between sessions
      cpu_set_t cpus;
      CPU_ZERO(&cpus);
      CPU_SET(kCpu, &cpus);
      ::sched_setaffinity(0, sizeof(cpus), &cpus);
      const int copy = ::dup(listener.get());
      ::dup2(copy, 3);
      ::execl(self.c_str(), self.c_str(), "runner", "--package", folder.c_str(), "--listen-fd", "3", nullptr);
      ::_exit(127);
    }
    client_.emplace(client::Address::unix_path(path), kClock);
    http::Request request;
    request.target = runner::kHealthPath;
    must(client_->send(request, std::chrono::seconds(60)));
    load = {kClock.steady() - begin, cpu()};
  }
  ~PlainProcess() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  PlainProcess(const PlainProcess&) = delete;
  PlainProcess& operator=(const PlainProcess&) = delete;

  Cost turn(const pipelines::ImageRequest& image) {
    http::Request request;
    request.method = "POST";
    request.target = runner::kImagesPath;
    runner::WireRequest wire;
    wire.image = image;
    request.body = must(runner::write_request(wire));
    const nanoseconds cpu_before = cpu();
    const nanoseconds begin = kClock.steady();
    const http::Response response = must(client_->send(request, std::chrono::seconds(60)));
    const nanoseconds wall = kClock.steady() - begin;
    if (response.status != 200) give_up(response.body);
    return {wall, cpu() - cpu_before};
  }

  Cost load;

 private:
  nanoseconds cpu() const {
    clockid_t clock = 0;
    timespec time{};
    ::clock_getcpuclockid(child_, &clock);
    ::clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
  }

  core::TempDir directory_;
  pid_t child_ = -1;
  std::optional<client::HttpClient> client_;
};

pipelines::ImageRequest request_for(int number) {
  pipelines::ImageRequest request;
  request.prompt = "a red apple";
  request.seed = static_cast<std::uint64_t>(number);
  return request;
}

double milliseconds(nanoseconds time) { return static_cast<double>(time.count()) / 1e6; }

// Percentile interval of the median of differences, which may have either sign.
std::array<double, 3> median_interval(const std::vector<double>& values) {
  core::Philox random(1);
  std::vector<double> medians;
  for (int i = 0; i < 2000; ++i) {
    std::vector<double> drawn;
    for (std::size_t k = 0; k < values.size(); ++k) drawn.push_back(values[random.below(values.size())]);
    std::nth_element(drawn.begin(), drawn.begin() + static_cast<std::ptrdiff_t>(drawn.size() / 2), drawn.end());
    medians.push_back(drawn[drawn.size() / 2]);
  }
  std::sort(medians.begin(), medians.end());
  return {medians[1000], medians[50], medians[1949]};
}

void print(const std::string& name, double ratio, double low, double high, const std::string& unit,
           const std::string& goal) {
  const codec::Json line = codec::Json::object(
      {{"name", name}, {"ratio", ratio}, {"low", low}, {"high", high}, {"unit", unit}, {"goal", goal}});
  std::printf("%s\n", codec::write_json(line).c_str());
  std::fflush(stdout);
}

void print_ratio(const std::string& name, const std::vector<double>& ratios) {
  const auto estimate = stats::ratio_interval(ratios, 0.95, 2000, 1);
  if (!estimate) give_up("too few launches");
  print(name, estimate->ratio, estimate->low, estimate->high, "ratio", "at most 1.02");
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(const std::string& self, const std::string& folder, int launches, int pairs) {
  const sandbox::Wall wall = must(sandbox::Wall::probe());
  for (const std::string& warning : wall.warnings())
    std::fprintf(stderr, "perf_sandbox_overhead: %s\n", warning.c_str());
  runner::RunnerSettings settings;
  settings.program = self;
  settings.onnxruntime = must(onnx::Runtime::open())->library();
  settings.cpus = {kCpu};
  core::Philox random(7);
  std::vector<double> starts, start_cpus, cpu_ratios, wall_ratios;
  for (int launch = 0; launch < launches; ++launch) {
    std::unique_ptr<runner::RunnerProcess> walled;
    std::optional<PlainProcess> plain;
    const bool walled_first = random.below(2) == 0;
    if (!walled_first) plain.emplace(self, folder);
    walled = must(runner::RunnerProcess::open(wall, kClock, folder, settings));
    if (walled_first) plain.emplace(self, folder);
    starts.push_back(milliseconds(walled->load().wall - plain->load.wall));
    start_cpus.push_back(milliseconds(walled->load().cpu - plain->load.cpu));
    std::vector<double> cpu, elapsed;
    for (int pair = -1; pair < pairs; ++pair) {
      Cost costs[2];
      const bool first = random.below(2) == 0;
      for (const bool with_wall : {first, !first}) {
        if (with_wall) {
          const runner::Generated made = must(walled->generate(request_for(pair + 1)));
          costs[0] = {made.wall, made.cpu};
        } else {
          costs[1] = plain->turn(request_for(pair + 1));
        }
      }
      if (pair < 0) continue;  // warm-up
      cpu.push_back(milliseconds(costs[0].cpu) / milliseconds(costs[1].cpu));
      elapsed.push_back(milliseconds(costs[0].wall) / milliseconds(costs[1].wall));
    }
    cpu_ratios.push_back(median(cpu));
    wall_ratios.push_back(median(elapsed));
    walled->end();
  }
  const auto start = median_interval(starts);
  print("sandbox_start_wall", start[0], start[1], start[2], "ms", "at most 50");
  const auto start_cpu = median_interval(start_cpus);
  print("sandbox_start_cpu", start_cpu[0], start_cpu[1], start_cpu[2], "ms", "at most 50");
  print_ratio("sandbox_image_cpu", cpu_ratios);
  print_ratio("sandbox_image_wall", wall_ratios);
}

}  // namespace

int main(int count, char** words) {
  if (count >= 6 && std::string(words[1]) == "runner")
    return serve_package(words[3], std::atoi(words[5]), count >= 8 ? words[7] : "");
  if (count < 2) give_up("usage: perf_sandbox_overhead PACKAGE [LAUNCHES [PAIRS]]");
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  compare(self, std::filesystem::absolute(words[1]).string(), count > 2 ? std::atoi(words[2]) : 10,
          count > 3 ? std::atoi(words[3]) : 6);
  return 0;
}
