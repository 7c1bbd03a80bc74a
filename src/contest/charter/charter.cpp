#include "contest/charter/charter.h"

#include <algorithm>

namespace noonmark::charter {
namespace {

constexpr std::size_t kMaxText = 64u << 20;

std::string place(std::size_t number) { return "statement " + std::to_string(number) + " of the charter"; }

auto same(const Exclusion& a) {
  return [&a](const Excluded& b) { return a.account == b.exclusion.account && a.content == b.exclusion.content; };
}

}  // namespace

core::Result<Charter> Charter::verify(std::string_view text, const AccountId& owner) {
  if (text.size() > kMaxText) return core::invalid("the charter is larger than 64 MiB");
  Charter charter(owner);
  while (!text.empty()) {
    const std::string where = place(charter.statements_.size() + 1);
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return core::invalid(where + ": is cut short; fetch the charter again");
    const std::string_view line = text.substr(0, end);
    Statement statement = TRY(read_line(line).context(where));
    TRY(charter.add(std::move(statement), line).context(where));
    text.remove_prefix(end + 1);
  }
  return charter;
}

core::Result<Charter> Charter::followed_by(std::string_view offered) const {
  Charter charter = TRY(verify(offered, owner_));
  if (offered.starts_with(text_)) return charter;
  const auto differs = std::ranges::mismatch(statements_, charter.statements_, {}, digest_of, digest_of);
  const auto number = static_cast<std::size_t>(differs.in1 - statements_.begin()) + 1;
  return core::conflict(place(number) +
                        (differs.in2 == charter.statements_.end() ? ": is missing in the one offered"
                                                                  : ": says otherwise in the one offered") +
                        "; the one at hand stays in force. Ask the owner of the subnet");
}

core::Result<void> Charter::append(Body body, core::UnixNanos at, const sign::Sr25519Pair& key) {
  if (key.account() != owner_) {
    return core::denied("only the subnet's owner " + owner_.ss58() + " speaks in its charter, not " +
                        key.account().ss58());
  }
  Statement statement;
  statement.number = statements_.size() + 1;
  if (!statements_.empty()) {
    statement.previous = digest_of(statements_.back());
    at = std::max(at, statements_.back().at);  // this machine's clock may lag behind the one before
  }
  statement.at = at;
  statement.body = std::move(body);
  sign_statement(statement, key);
  const std::string line = line_of(statement);
  return add(TRY(read_line(line)), line);
}

core::Result<void> Charter::add(Statement statement, std::string_view line) {
  if (statement.signer != owner_) {
    return core::denied("signed by " + statement.signer.ss58() + ", but the subnet's owner is " + owner_.ss58());
  }
  const auto expected = statements_.empty() ? std::nullopt : std::optional(digest_of(statements_.back()));
  if (statement.number != statements_.size() + 1) {
    return core::invalid("has number " + std::to_string(statement.number) + ", expected " +
                         std::to_string(statements_.size() + 1));
  }
  if (statement.previous != expected) return core::invalid("doesn't follow from the statement before");
  if (!statements_.empty() && statement.at < statements_.back().at) {
    return core::invalid("is older than the statement before");
  }
  TRY(std::visit([&](const auto& body) { return apply(body, statement.at); }, statement.body));
  text_.append(line).push_back('\n');
  statements_.push_back(std::move(statement));
  return {};
}

core::Result<void> Charter::apply(const OpenContest& opened, core::UnixNanos at) {
  double sum = opened.share;
  for (const auto& [id, running] : contests_) {
    if (id != opened.contest.id) sum += running.share;
  }
  if (sum > 1 + 1e-9) {
    return core::conflict("the shares of all contests would be " + std::to_string(sum) + " together, at most 1");
  }
  contests_[opened.contest.id] = {opened.contest, rules::digest_of(opened.contest), opened.share, at};
  return {};
}

core::Result<void> Charter::apply(const CloseContest& closed, core::UnixNanos) {
  if (contests_.erase(closed.id) == 1) return {};
  return core::conflict("contest '" + closed.id + "' isn't open");
}

core::Result<void> Charter::apply(const Exclude& exclude, core::UnixNanos at) {
  std::erase_if(exclusions_, same(exclude.exclusion));  // a new reason replaces the old one
  exclusions_.push_back({exclude.exclusion, at});
  return {};
}

core::Result<void> Charter::apply(const Readmit& readmit, core::UnixNanos) {
  if (std::erase_if(exclusions_, same(readmit.exclusion)) == 1) return {};
  return core::conflict(readmit.exclusion.account.ss58() + " isn't excluded in this way");
}

submission::Lists Charter::lists() const {
  submission::Lists lists;
  for (const Excluded& entry : exclusions_) lists.exclusions.push_back(entry.exclusion);
  return lists;
}

}  // namespace noonmark::charter
