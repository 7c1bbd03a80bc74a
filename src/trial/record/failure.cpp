#include "trial/record/failure.h"

#include "base/codec/fields.h"
#include "trial/record/internal/lists.h"
#include "trial/record/internal/words.h"

namespace noonmark::record {
namespace {

constexpr internal::Words<Failure::Owner, 3> kOwners = {"owner of a failure",
                                                        {{{Failure::Owner::entry, "entry"},
                                                          {Failure::Owner::validator, "validator"},
                                                          {Failure::Owner::network, "network"}}}};

Failure::Owner owner_of(core::ErrorKind kind, Failure::Owner blamed) {
  switch (kind) {
    case core::ErrorKind::unavailable:
      return Failure::Owner::network;
    case core::ErrorKind::internal:
    case core::ErrorKind::cancelled:
      return Failure::Owner::validator;
    default:
      return blamed;
  }
}

}  // namespace

std::string_view name_of(Failure::Owner owner) { return kOwners.name(owner); }
core::Result<Failure::Owner> parse_failure_owner(std::string_view name) { return kOwners.parse(name); }

Failure failure_from(const core::Error& error, Failure::Owner blamed) {
  return {.owner = owner_of(error.kind, blamed),
          .code = std::string(core::to_string(error.kind)),
          .message = internal::bounded(error.message)};
}

codec::Json to_json(const Failure& failure) {
  return codec::Json::object(
      {{"owner", name_of(failure.owner)}, {"code", failure.code}, {"message", internal::bounded(failure.message)}});
}

core::Result<Failure> failure_from_json(const codec::Json& json) {
  codec::Fields fields(json, "failure");
  Failure failure;
  failure.owner = internal::word_from(fields, "owner", parse_failure_owner);
  failure.code = fields.text("code", 64);
  if (!internal::is_word(failure.code)) {
    fields.fail("code", "must be 1 to 64 of a-z, 0-9, _ and -");
  }
  failure.message = fields.text("message");
  TRY(fields.finish());
  return failure;
}

}  // namespace noonmark::record
