#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/core/check.h"

namespace noonmark::core {

/// Why something did not work, seen from whoever has to act on it. The list is closed.
enum class ErrorKind {
  usage,        ///< the command line or call is wrong
  invalid,      ///< foreign input that breaks its format or limits
  not_found,    ///< the named thing does not exist
  denied,       ///< not allowed: permissions, signatures, policy
  conflict,     ///< somebody else was first, or the state does not allow it
  exhausted,    ///< a limit or quota was reached
  timeout,      ///< a deadline passed
  cancelled,    ///< the caller asked to stop
  unavailable,  ///< something outside is missing or down; trying later may help
  corrupt,      ///< stored data is not what was written
  internal,     ///< an operation of the system failed unexpectedly
};

std::string_view to_string(ErrorKind kind);

/// A failure with a message that says what to do about it.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;

  /// The same error told from further out: "while doing x: message".
  Error with_context(std::string_view context) const;
  bool operator==(const Error&) const = default;
};

Error error(ErrorKind kind, std::string message);
Error usage(std::string message);
Error invalid(std::string message);
Error not_found(std::string message);
Error denied(std::string message);
Error conflict(std::string message);
Error exhausted(std::string message);
Error timeout(std::string message);
Error cancelled(std::string message);
Error unavailable(std::string message);
Error corrupt(std::string message);
Error internal(std::string message);

/// The error kind and text for an errno value, e.g. ENOENT -> not_found.
Error from_errno(int number, std::string_view doing);

/// Either a T or an Error. Reading the wrong one is broken logic and ends the process.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}          // NOLINT(google-explicit-constructor)
  Result(Error failure) : state_(std::in_place_index<1>, std::move(failure)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return require(), std::get<0>(state_); }
  const T& value() const& { return require(), std::get<0>(state_); }
  /// By value, so that `for (x : make().value())` holds what it walks over.
  T value() && { return require(), std::get<0>(std::move(state_)); }
  T value_or(T fallback) const& { return ok() ? std::get<0>(state_) : std::move(fallback); }  // NOLINT: moved from

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    CHECK(!ok(), "error() of a Result that holds a value");
    return std::get<1>(state_);
  }
  Error&& error() && {
    CHECK(!ok(), "error() of a Result that holds a value");
    return std::get<1>(std::move(state_));
  }

  /// The same result; a failure is told from further out.
  Result context(std::string_view doing) && {
    if (ok()) return std::move(*this);
    return error().with_context(doing);
  }

 private:
  void require() const { CHECK(ok(), std::get<1>(state_).message); }
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  Result() = default;
  Result(Error failure) : failure_(std::move(failure)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !failure_; }
  explicit operator bool() const { return ok(); }
  void value() const { CHECK(ok(), failure_->message); }
  const Error& error() const {
    CHECK(!ok(), "error() of a Result that holds a value");
    return *failure_;
  }
  Result context(std::string_view doing) && {
    if (ok()) return {};
    return failure_->with_context(doing);
  }

 private:
  std::optional<Error> failure_;
};

namespace internal_try {
template <class T>
T take(Result<T>&& result) {
  return std::move(result).value();
}
inline void take(Result<void>&&) {}
}  // namespace internal_try

}  // namespace noonmark::core

/// The value of `expression` (a Result), or an early return of its Error from the enclosing function.
#define TRY(...)                                                  \
  __extension__({                                                 \
    auto try_result_ = (__VA_ARGS__);                             \
    if (!try_result_.ok()) return std::move(try_result_).error(); \
    ::noonmark::core::internal_try::take(std::move(try_result_)); \
  })
