#pragma once

#include <optional>
#include <string>

#include "ledger/runtime/validity.h"

namespace noonmark::node {

/// A JSON-RPC error object. The pool's codes and texts are those of Substrate's author API, because clients of the real
/// chain look for them: {"code":1010,"message":"Invalid Transaction","data":"Custom error: 11"}.
struct Refusal {
  int code = 0;
  std::string message;
  std::optional<std::string> data;
};

Refusal refusal_of(const runtime::Invalid& invalid);

}  // namespace noonmark::node
