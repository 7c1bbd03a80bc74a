#pragma once

namespace noonmark::sign {

/// libsodium chooses its implementation for this processor once; safe to call from any thread, any number of times.
void ensure_ready();

}  // namespace noonmark::sign
