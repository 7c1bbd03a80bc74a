#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "base/core/bytes.h"
#include "crypto/sign/sign.h"

namespace noonmark::sign {

/// Holds a secret in a std::string, core::Bytes or std::array, and overwrites it when it is moved from or destroyed.
///
/// Move-only, so that no copy is left behind by accident. Whoever lets the buffer grow leaves the shorter one behind:
/// reserve first.
/// Threads: a plain value.
template <class Buffer>
class Secret {
 public:
  Secret() = default;
  explicit Secret(Buffer&& buffer) : buffer_(std::move(buffer)) { erase(buffer); }
  Secret(Secret&& other) noexcept : buffer_(std::move(other.buffer_)) { erase(other.buffer_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      erase(buffer_);
      buffer_ = std::move(other.buffer_);
      erase(other.buffer_);
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { erase(buffer_); }

  Buffer& operator*() { return buffer_; }
  const Buffer& operator*() const { return buffer_; }
  Buffer* operator->() { return &buffer_; }
  const Buffer* operator->() const { return &buffer_; }

 private:
  static void erase(Buffer& buffer) {
    // A short string lies in the object itself and stays there when it is moved from: all that is reserved goes.
    if constexpr (requires { buffer.resize(buffer.capacity()); }) buffer.resize(buffer.capacity());
    wipe({reinterpret_cast<std::uint8_t*>(buffer.data()), buffer.size()});
    if constexpr (requires { buffer.clear(); }) buffer.clear();
  }

  Buffer buffer_{};
};

using SecretText = Secret<std::string>;
using SecretBytes = Secret<core::Bytes>;

}  // namespace noonmark::sign
