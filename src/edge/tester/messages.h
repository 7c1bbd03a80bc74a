#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"
#include "contest/conduct/collaborators.h"
#include "contest/rules/contest.h"
#include "contest/rules/inputs.h"
#include "crypto/hash/hash.h"
#include "net/http/message.h"
#include "trial/record/entry_facts.h"

/// What the validator's desk and a tester say to each other, as JSON. Each reader takes foreign values and fails with
/// invalid, naming the member.
namespace noonmark::tester {

/// The contest that is being held: what all its items have in common. It says nothing about entries.
struct Brief {
  rules::Contest contest;
  record::EntryFacts baseline;
  std::vector<rules::Input> inputs;
};

/// Names a brief: sha256 of its canonical JSON.
hash::Digest name_of(const Brief& brief);

/// An entry to be measured and judged.
struct Task {
  record::EntryFacts facts;
  std::uint64_t seed = 0;
};

/// An item, leased. Without a task it is about the baseline alone: its pictures and floors.
struct Work {
  std::int64_t lease = 0;
  hash::Digest brief;         ///< of the contest that it belongs to
  std::int64_t renew_ms = 0;  ///< a lease has to be renewed after this time at the latest
  std::optional<Task> task;
};

/// Who asks for work.
struct Hello {
  std::string program;  ///< "noonmark 0.1.0"
  record::Machine machine;
};

/// What a tester found out about an item.
struct Findings {
  conduct::Tester tester;                       ///< the account is filled in by the validator, from the signature
  std::optional<conduct::Reference> reference;  ///< the baseline on this machine
  std::optional<record::Measurement> measurement;
  std::optional<conduct::Judgement> judgement;  ///< its own `reference` is absent: it stands above
  std::optional<core::Error> error;             ///< what ended the work early; its kind says whose fault it is
};

/// True when the entry itself ended the work; false when the tester or the network did, and another may try.
bool is_the_entrys(const core::Error& error);

codec::Json to_json(const Brief& brief);
core::Result<Brief> brief_from_json(const codec::Json& json);
codec::Json to_json(const Work& work);
core::Result<Work> work_from_json(const codec::Json& json);
codec::Json to_json(const Hello& hello);
core::Result<Hello> hello_from_json(const codec::Json& json);
codec::Json to_json(const Findings& findings);
core::Result<Findings> findings_from_json(const codec::Json& json);

/// 200 with a JSON body.
http::Response answer(const codec::Json& json);
/// The error as a response, and back: denied 403, not_found 404, conflict 409, exhausted 429, invalid 400, unavailable
/// 503; any other kind is 500, which comes back as unavailable.
http::Response refusal(const core::Error& error);
core::Error error_of(const http::Response& response);

}  // namespace noonmark::tester
