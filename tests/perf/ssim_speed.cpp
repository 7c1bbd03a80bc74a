// Times our SSIM for tests/perf/ssim: reads lines "WINDOW REPEATS" (WINDOW: uniform or gaussian), compares the two
// pictures that many times, and answers each line with "NANOSECONDS SSIM": the cpu time of all repeats together.
#include <cstdio>
#include <iostream>
#include <string>
#include <time.h>

#include "base/core/files.h"
#include "model/image/image.h"
#include "trial/fidelity/ssim.h"

namespace {

using noonmark::fidelity::SsimWindow;

noonmark::core::Result<noonmark::image::Image> load(const char* path) {
  const auto bytes = TRY(noonmark::core::read_file(path, 1 << 26));
  return noonmark::image::decode(bytes);
}

long long cpu_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: perf_ssim REFERENCE.png CHANGED.png\n";
    return 2;
  }
  const auto reference = load(argv[1]);
  const auto changed = load(argv[2]);
  if (!reference.ok() || !changed.ok()) {
    std::cerr << (reference.ok() ? changed : reference).error().message << "\n";
    return 3;
  }
  std::string window;
  int repeats = 0;
  while (std::cin >> window >> repeats) {
    double value = 0;
    const long long start = cpu_nanoseconds();
    for (int i = 0; i < repeats; ++i) {
      const auto result = noonmark::fidelity::ssim(*reference, *changed,
                                                   window == "uniform" ? SsimWindow::uniform7 : SsimWindow::gaussian11);
      if (!result.ok()) {
        std::cerr << result.error().message << "\n";
        return 3;
      }
      value = *result;
    }
    std::printf("%lld %.9f\n", cpu_nanoseconds() - start, value);
    std::fflush(stdout);
  }
  return 0;
}
