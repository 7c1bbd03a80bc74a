#pragma once

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace noonmark::sandbox {

/// The list of system calls as a classic BPF program for the running architecture. What a program needs to compute, to
/// use its files and to serve an already open listening socket is allowed; what opens a way out (ptrace, mount, bpf,
/// io_uring, keys …) kills; the rest fails with EPERM, and clone3 with ENOSYS so that the C library falls back to
/// clone, whose flags can be looked at. Fails: unavailable (libseccomp refuses).
core::Result<core::Bytes> build_seccomp_program();

}  // namespace noonmark::sandbox
