#pragma once
#include <cstdint>
#include <vector>

#include "base/core/result.h"

namespace noonmark::network {

/// Different TCP ports of 127.0.0.1 on which nobody listens now. Fails: exhausted.
core::Result<std::vector<std::uint16_t>> free_ports(std::size_t count);

}  // namespace noonmark::network
