#include "ledger/runtime/internal/receipts.h"

#include "ledger/scale/codec.h"
#include "ledger/scale/storage_key.h"
#include "ledger/scale/value.h"

namespace noonmark::runtime {
namespace {

using scale::Value;

std::string_view reason_of(Invalid::Reason reason) {
  using Reason = Invalid::Reason;
  switch (reason) {
    case Reason::bad_format:
      return "it is no extrinsic of this chain";
    case Reason::call:
      return "there is no such call";
    case Reason::payment:
      return "the signer can't pay the fee";
    case Reason::future:
      return "its nonce is ahead of the account's";
    case Reason::stale:
      return "its nonce has been used";
    case Reason::bad_proof:
      return "the signature is wrong";
    case Reason::ancient_birth_block:
      return "it has expired";
    case Reason::exhausts_resources:
      return "there is no room for it";
    case Reason::custom:
      return "Custom error: ";
  }
  CHECK(false, "every reason has its words");
}

/// "Pallet.Error" for a module's error, else the variant's name ("BadOrigin").
std::string error_in(const scale::Metadata& metadata, const Value& error) {
  const Value* index = error.items.empty() ? nullptr : error.items[0].find("index");
  const Value* number = error.items.empty() ? nullptr : error.items[0].find("error");
  const bool module = error.text == "Module" && index != nullptr && number != nullptr && !number->bytes.empty();
  if (!module) return error.text;
  return metadata.error_name(static_cast<std::uint8_t>(index->number.low), number->bytes[0]);
}

/// Marks in `receipts`, by index in the block, what the event says of its extrinsic.
void take(const scale::Metadata& metadata, const Value& record, std::vector<book::Receipt>& receipts) {
  const Value *phase = record.find("phase"), *event = record.find("event");
  if (phase == nullptr || phase->items.empty() || event == nullptr || event->items.empty()) return;
  const std::uint64_t index = phase->items[0].inner().number.low;
  if (phase->text != "ApplyExtrinsic" || event->text != "System" || index >= receipts.size()) return;
  const Value& what = event->items[0];
  if (what.text == "ExtrinsicSuccess") receipts[index].success = true;
  if (what.text == "ExtrinsicFailed" && !what.items.empty())
    receipts[index].error = error_in(metadata, what.items[0].inner());
}

}  // namespace

core::Result<std::vector<core::Result<book::Receipt>>> receipts_of(const scale::Metadata& metadata,
                                                                   const book::BlockRef& block, const Executed& made) {
  std::vector<book::Receipt> held;
  for (std::uint32_t i = 0; i < made.extrinsics.size(); ++i) held.push_back({block, i, false, ""});
  std::vector<core::Result<book::Receipt>> receipts;
  if (made.outcomes.empty()) return receipts;
  const auto events = made.changes.find(scale::storage_key("System", "Events"));
  CHECK(events != made.changes.end() && events->second, "every block has events");
  scale::Reader in(*events->second);
  const scale::StorageEntry* entry = TRY(metadata.storage("System", "Events"));
  const Value records = TRY(scale::decode_value(metadata, entry->value, in));
  for (const Value& record : records.inner().items) take(metadata, record, held);
  std::size_t next = made.extrinsics.size();  // the inherents come first
  for (const Executed::Outcome outcome : made.outcomes) next -= outcome == Executed::Outcome::included;
  for (const Executed::Outcome outcome : made.outcomes) {
    if (outcome == Executed::Outcome::included) {
      receipts.emplace_back(held[next++]);
    } else {
      receipts.emplace_back(
          core::denied("no block takes the call: its signer can't pay the fee, or the fee of an earlier one"));
    }
  }
  return receipts;
}

core::Error refused(const Invalid& invalid) {
  std::string text = "the ledger refuses the call: ";
  text += reason_of(invalid.reason);
  if (invalid.reason == Invalid::Reason::custom) text += std::to_string(invalid.custom);
  return core::denied(std::move(text));
}

}  // namespace noonmark::runtime
