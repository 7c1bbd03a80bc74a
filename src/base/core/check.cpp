#include "base/core/check.h"

#include <cstdio>
#include <cstdlib>

#ifdef NDEBUG
#error "CHECK must stay on: build without NDEBUG"
#endif

namespace noonmark::core {

void check_failed(const char* file, int line, const char* condition, std::string_view why) {
  std::fprintf(stderr, "%s:%d: check failed: %s%s%.*s\n", file, line, condition, why.empty() ? "" : ": ",
               static_cast<int>(why.size()), why.data());
  std::abort();
}

}  // namespace noonmark::core
