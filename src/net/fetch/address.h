#pragma once

#include <string_view>

#include "base/core/bytes.h"

namespace noonmark::fetch {

/// True for an address that the public internet routes: not loopback, private, link-local, carrier-grade NAT,
/// multicast, documentation, benchmarking, or an IPv6 form that carries an IPv4 address elsewhere. `address`: 4 or 16
/// bytes in network order. Source: IANA's special-purpose address registries (RFC 6890 and its updates).
bool is_public_address(core::ByteView address);

/// The same for "93.184.215.14" or "2606:2800:21f:cb07::1"; false for what is no address.
bool is_public_address(std::string_view text);

}  // namespace noonmark::fetch
