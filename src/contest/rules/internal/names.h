#pragma once

#include <array>
#include <string_view>

namespace noonmark::rules::internal {

inline constexpr int kFormat = 1;

inline constexpr std::array<std::string_view, 7> kDays = {"monday", "tuesday",  "wednesday", "thursday",
                                                          "friday", "saturday", "sunday"};

}  // namespace noonmark::rules::internal
