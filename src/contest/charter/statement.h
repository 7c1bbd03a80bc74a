#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "contest/rules/contest.h"
#include "contest/submission/collect.h"
#include "crypto/hash/hash.h"
#include "crypto/sign/sr25519.h"

namespace noonmark::charter {

using sign::AccountId;
using submission::Exclusion;

/// "contest": from now on this definition is held under its id, for this share of the subnet's reward.
struct OpenContest {
  rules::Contest contest;
  double share = 1;  ///< Above 0, at most 1; all contests together at most 1.
};
/// "close": the contest of this id is held no more.
struct CloseContest {
  std::string id;
  std::string reason;
};
/// "exclude": the key, or one package of it, is left out. The reason is public and never empty.
struct Exclude {
  Exclusion exclusion;
};
/// "readmit": takes the same exclusion back.
struct Readmit {
  Exclusion exclusion;
};
using Body = std::variant<OpenContest, CloseContest, Exclude, Readmit>;

/// One thing that the owner of a subnet says: one line of a charter, in canonical JSON
/// {"at_ns","body","format":1,"kind","number","previous","signature","signer"}.
struct Statement {
  std::uint64_t number = 1;              ///< From 1, without gap.
  std::optional<hash::Digest> previous;  ///< digest_of() the line before; nothing for the first.
  core::UnixNanos at{};                  ///< Never before the line before.
  Body body;
  AccountId signer;
  sign::Sr25519Signature signature{};
};

/// The line, without its end.
std::string line_of(const Statement& statement);
/// Takes exactly what line_of() writes. Fails: invalid (format), denied (the signature isn't its signer's).
core::Result<Statement> read_line(std::string_view line);

/// sha256 of the line, signature included.
hash::Digest digest_of(const Statement& statement);

/// Fills in signer and signature, over "noonmark charter 1\n" ‖ the line without `signature`.
void sign_statement(Statement& statement, const sign::Sr25519Pair& key);

}  // namespace noonmark::charter
