#include "trial/record/entry_facts.h"

#include "base/codec/fields.h"
#include "trial/record/internal/lists.h"

namespace noonmark::record {

codec::Json to_json(const EntryFacts& facts) {
  return codec::Json::object({
      {"name", internal::bounded(facts.name, 200)},
      {"content", facts.content.hex()},
      {"order", facts.order},
      {"first_seen_ns", facts.first_seen_ns},
      {"package_bytes", facts.package_bytes},
      {"author", facts.author},
  });
}

core::Result<EntryFacts> entry_facts_from_json(const codec::Json& json) {
  codec::Fields fields(json, "entry");
  EntryFacts facts;
  facts.name = fields.text("name", 200);
  if (facts.name.empty()) {
    fields.fail("name", "must not be empty");
  }
  const auto content = hash::Digest::parse(fields.text("content", 71));
  if (content.ok()) {
    facts.content = *content;
  } else {
    fields.fail("content", content.error().message);
  }
  facts.order = static_cast<int>(fields.integer("order", 0, 1'000'000'000));
  facts.first_seen_ns = fields.integer("first_seen_ns", 0);
  facts.package_bytes = fields.integer("package_bytes", 0);
  facts.author = fields.text("author", 64);
  if (!internal::is_hex_or_empty(facts.author, 64)) {
    fields.fail("author", "must be empty or 64 lower-case hexadecimal digits");
  }
  TRY(fields.finish());
  return facts;
}

}  // namespace noonmark::record
