#pragma once
#include <string_view>

namespace noonmark::core {

/// Prints where and why to stderr and aborts. For broken logic, never for bad input.
[[noreturn]] void check_failed(const char* file, int line, const char* condition, std::string_view why = {});

}  // namespace noonmark::core

/// Ends the process when `condition` is false, in release builds too: CHECK(cond) or CHECK(cond, "why").
#define CHECK(condition, ...)                                                                    \
  do {                                                                                           \
    if (!(condition)) [[unlikely]]                                                               \
      ::noonmark::core::check_failed(__FILE__, __LINE__, #condition __VA_OPT__(, ) __VA_ARGS__); \
  } while (false)
