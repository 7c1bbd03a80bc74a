#include "trial/record/sealed.h"

#include "base/codec/fields.h"
#include "trial/record/internal/lists.h"

namespace noonmark::record {
namespace {

codec::Json unsigned_json(const SealedRecord& record) {
  return codec::Json::object({
      {"kind", record.kind},
      {"version", record.version},
      {"previous", record.previous ? codec::Json(record.previous->hex()) : codec::Json()},
      {"body", record.body},
      {"signer", record.signer},
  });
}

}  // namespace

hash::Digest name_of(const codec::Json& json) { return hash::sha256(codec::write_json(json)); }

std::string bytes_to_sign(const SealedRecord& record) {
  // The domain word keeps a signature over a record from being taken for one over anything else.
  return "noonmark record\n" + codec::write_json(unsigned_json(record));
}

hash::Digest name_of(const SealedRecord& record) { return name_of(to_json(record)); }

codec::Json to_json(const SealedRecord& record) {
  auto result = unsigned_json(record);
  result["signature"] = record.signature;
  return result;
}

core::Result<SealedRecord> sealed_record_from_json(const codec::Json& json) {
  codec::Fields fields(json, "record");
  SealedRecord record;
  record.kind = fields.text("kind", 64);
  if (!internal::is_word(record.kind)) {
    fields.fail("kind", "must be 1 to 64 of a-z, 0-9, _ and -");
  }
  record.version = static_cast<int>(fields.integer("version", 1, 1'000'000));
  if (const auto* previous = fields.optional_child("previous"); previous != nullptr) {
    const auto digest = hash::Digest::parse(previous->is_string() ? previous->as_string() : "");
    if (digest.ok() && digest->hex() == previous->as_string()) {
      record.previous = *digest;
    } else {
      fields.fail("previous", "must be null or 64 lower-case hexadecimal digits");
    }
  }
  record.body = fields.child("body");
  record.signer = fields.text("signer", 64);
  record.signature = fields.text("signature", 128);
  if (!internal::is_hex_or_empty(record.signer, 64)) {
    fields.fail("signer", "must be empty or 64 lower-case hexadecimal digits");
  }
  if (!internal::is_hex_or_empty(record.signature, 128)) {
    fields.fail("signature", "must be empty or 128 lower-case hexadecimal digits");
  }
  TRY(fields.finish());
  return record;
}

}  // namespace noonmark::record
