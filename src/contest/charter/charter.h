#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "contest/charter/statement.h"

namespace noonmark::charter {

/// A contest that the charter has in force.
struct Running {
  rules::Contest contest;
  hash::Digest digest;  ///< rules::digest_of()
  double share = 1;
  core::UnixNanos since{};
};

/// An exclusion in force.
struct Excluded {
  Exclusion exclusion;
  core::UnixNanos since{};
};

/// What the owner of a subnet has said: signed statements, each naming the one before, one JSON line each. Whoever
/// holds it can check all of it offline, and works on with it when its source is gone. Threads: a plain value.
class Charter {
 public:
  /// An empty one of the subnet's owner (the cold key that book::Metagraph::owner names).
  explicit Charter(AccountId owner) : owner_(owner) {}

  /// Checks every line: form, number, chain, time, signature, and that it makes sense after the lines before.
  /// Fails: invalid or denied; the message names the statement.
  static core::Result<Charter> verify(std::string_view text, const AccountId& owner);

  /// What to hold after `offered` arrived from somewhere: that charter when it is valid and continues this one.
  /// Fails: as verify; conflict when it says otherwise or less than this one. Then keep this one.
  core::Result<Charter> followed_by(std::string_view offered) const;

  /// Signs one more statement. Fails: denied when the key isn't the owner's, conflict when it makes no sense (closing
  /// what isn't open, readmitting who isn't excluded, shares above 1 together), invalid (no reason).
  core::Result<void> append(Body body, core::UnixNanos at, const sign::Sr25519Pair& key);

  /// All lines, each with its end.
  const std::string& text() const { return text_; }
  const std::vector<Statement>& statements() const { return statements_; }
  const AccountId& owner() const { return owner_; }

  /// By contest id.
  const std::map<std::string, Running>& contests() const { return contests_; }
  /// In order of exclusion.
  const std::vector<Excluded>& exclusions() const { return exclusions_; }
  /// As submission::collect() takes them.
  submission::Lists lists() const;

 private:
  core::Result<void> add(Statement statement, std::string_view line);
  core::Result<void> apply(const OpenContest& opened, core::UnixNanos at);
  core::Result<void> apply(const CloseContest& closed, core::UnixNanos at);
  core::Result<void> apply(const Exclude& exclude, core::UnixNanos at);
  core::Result<void> apply(const Readmit& readmit, core::UnixNanos at);

  AccountId owner_;
  std::string text_;
  std::vector<Statement> statements_;
  std::map<std::string, Running> contests_;
  std::vector<Excluded> exclusions_;
};

}  // namespace noonmark::charter
