#include "contest/charter/statement.h"

#include "base/codec/fields.h"
#include "base/codec/text.h"

namespace noonmark::charter {
namespace {

using codec::Fields;
using codec::Json;

constexpr int kFormat = 1;
constexpr std::size_t kMaxLine = 1u << 20;
constexpr std::size_t kMaxReason = 1000;

Json json_of(const Exclusion& exclusion) {
  Json json = Json::object({{"account", exclusion.account.ss58()}, {"reason", exclusion.reason}});
  if (exclusion.content) json["content"] = exclusion.content->hex();
  return json;
}

struct BodyJson {
  std::string_view kind;
  Json body;
};

BodyJson json_of(const Body& body) {
  if (const auto* opened = std::get_if<OpenContest>(&body)) {
    return {"contest", Json::object({{"definition", rules::to_json(opened->contest)}, {"share", opened->share}})};
  }
  if (const auto* closed = std::get_if<CloseContest>(&body)) {
    return {"close", Json::object({{"id", closed->id}, {"reason", closed->reason}})};
  }
  if (const auto* exclude = std::get_if<Exclude>(&body)) return {"exclude", json_of(exclude->exclusion)};
  return {"readmit", json_of(std::get<Readmit>(body).exclusion)};
}

std::string reason_of(Fields& fields) {
  std::string reason = fields.text("reason", kMaxReason);
  if (reason.find_first_not_of(" \t") == std::string::npos)
    fields.fail("reason", "must say why, for everybody to read");
  return reason;
}

core::Result<OpenContest> read_contest(const Json& json) {
  Fields fields(json, "charter.contest");
  OpenContest opened;
  const Json& definition = fields.child("definition");
  opened.share = fields.number("share", 0, 1);
  if (opened.share == 0) fields.fail("share", "must be above 0; close the contest instead");
  TRY(fields.finish());
  opened.contest = TRY(rules::contest_from_json(definition));
  return opened;
}

core::Result<CloseContest> read_close(const Json& json) {
  Fields fields(json, "charter.close");
  CloseContest closed;
  closed.id = fields.text("id", 64);
  if (!rules::is_contest_id(closed.id)) fields.fail("id", "must be a contest's id");
  closed.reason = reason_of(fields);
  TRY(fields.finish());
  return closed;
}

core::Result<Exclusion> read_exclusion(const Json& json, const std::string& where) {
  Fields fields(json, where);
  Exclusion exclusion;
  const std::string account = fields.text("account", 64);
  exclusion.reason = reason_of(fields);
  const std::string content = fields.text_or("content", "", 64);
  TRY(fields.finish());
  exclusion.account = TRY(AccountId::parse(account).context(where + ".account"));
  if (!content.empty()) exclusion.content = TRY(hash::Digest::parse(content).context(where + ".content"));
  return exclusion;
}

core::Result<Body> read_body(std::string_view kind, const Json& json) {
  if (kind == "contest") return Body(TRY(read_contest(json)));
  if (kind == "close") return Body(TRY(read_close(json)));
  if (kind == "exclude") return Body(Exclude{TRY(read_exclusion(json, "charter.exclude"))});
  if (kind == "readmit") return Body(Readmit{TRY(read_exclusion(json, "charter.readmit"))});
  return core::invalid("charter.kind: must be contest, close, exclude or readmit; a newer kind needs a newer noonmark");
}

Json unsigned_json(const Statement& statement) {
  BodyJson parts = json_of(statement.body);
  return Json::object({{"format", kFormat},
                       {"number", statement.number},
                       {"previous", statement.previous ? Json(statement.previous->hex()) : Json()},
                       {"at_ns", static_cast<std::int64_t>(statement.at.time_since_epoch().count())},
                       {"kind", parts.kind},
                       {"body", std::move(parts.body)},
                       {"signer", statement.signer.ss58()}});
}

std::string signed_message(const Statement& statement) {
  return "noonmark charter 1\n" + codec::write_json(unsigned_json(statement));
}

core::Result<Statement> read_fields(const Json& json) {
  Fields fields(json, "charter");
  Statement statement;
  fields.integer("format", kFormat, kFormat);
  statement.number = static_cast<std::uint64_t>(fields.integer("number", 1));
  const Json* previous = fields.optional_child("previous");
  statement.at = core::UnixNanos(core::Nanos(fields.integer("at_ns", 0)));
  const std::string kind = fields.text("kind", 16);
  const Json& body = fields.child("body");
  const std::string signer = fields.text("signer", 64);
  const std::string signature = fields.text("signature", 128);
  TRY(fields.finish());
  if (previous != nullptr) {
    if (!previous->is_string()) return core::invalid("charter.previous: must be null or 64 hex digits");
    statement.previous = TRY(hash::Digest::parse(previous->as_string()).context("charter.previous"));
  }
  statement.signer = TRY(AccountId::parse(signer).context("charter.signer"));
  statement.signature = TRY(sign::Signature::parse(signature).context("charter.signature")).bytes;
  statement.body = TRY(read_body(kind, body));
  return statement;
}

}  // namespace

std::string line_of(const Statement& statement) {
  Json json = unsigned_json(statement);
  json["signature"] = codec::hex(statement.signature);
  return codec::write_json(json);
}

core::Result<Statement> read_line(std::string_view line) {
  const Json json = TRY(codec::parse_json(line, {.max_bytes = kMaxLine, .max_depth = 16}));
  Statement statement = TRY(read_fields(json));
  if (line_of(statement) != line) return core::invalid("the line isn't in canonical form");
  const std::string message = signed_message(statement);
  if (!sign::verify_sr25519(statement.signer, core::as_bytes(message), statement.signature)) {
    return core::denied("the signature isn't by " + statement.signer.ss58() + " over this statement");
  }
  return statement;
}

hash::Digest digest_of(const Statement& statement) { return hash::sha256(line_of(statement)); }

void sign_statement(Statement& statement, const sign::Sr25519Pair& key) {
  statement.signer = key.account();
  const std::string message = signed_message(statement);
  statement.signature = key.sign(core::as_bytes(message));
}

}  // namespace noonmark::charter
