#include "contest/conduct/replay.h"

#include <algorithm>

#include "base/codec/fields.h"
#include "contest/conduct/conduct.h"

namespace noonmark::conduct {
namespace {

using codec::Json;
using record::SealedRecord;

constexpr std::size_t kMaxText = std::size_t{256} << 20;
constexpr std::uint64_t kMaxPicture = std::uint64_t{256} << 20;

std::string place_of(std::size_t position) { return "$.records[" + std::to_string(position) + "]"; }

core::Result<Json> parse(std::string_view text) {
  codec::JsonLimits limits;
  limits.max_bytes = kMaxText;
  auto json = codec::parse_json(text, limits);
  if (!json.ok()) return core::corrupt("the record isn't sound JSON: " + json.error().message);
  return json;
}

core::Result<std::vector<SealedRecord>> records_of(const Json& json) {
  codec::Fields fields(json, "$");
  if (fields.integer("format") != 1) fields.fail("format", "must be 1; a newer format needs a newer noonmark");
  const Json::Array& list = fields.array("records", 1'000'000);
  const auto finished = fields.finish();
  if (!finished.ok()) return core::corrupt(finished.error().message);
  std::vector<SealedRecord> records;
  for (const Json& item : list) {
    auto record = record::sealed_record_from_json(item);
    if (!record.ok()) return core::corrupt(place_of(records.size()) + ": " + record.error().message);
    records.push_back(*std::move(record));
  }
  if (records.empty()) return core::corrupt("$.records: is empty");
  return records;
}

/// A record is what its canonical form says, to the last byte.
core::Result<void> check_canonical(std::string_view text, const Json& json) {
  const std::string canonical = codec::write_json(json);
  if (text == canonical) return {};
  const auto [found, expected] = std::mismatch(text.begin(), text.end(), canonical.begin(), canonical.end());
  static_cast<void>(expected);
  return core::corrupt("byte " + std::to_string(found - text.begin()) +
                       ": the record isn't in its canonical form from here on");
}

/// Where record `position` lies in the canonical text, for whoever looks for the damage with an editor.
std::string bytes_of(const std::vector<SealedRecord>& records, std::size_t position) {
  std::size_t begin = std::string_view(R"({"format":1,"records":[)").size();
  std::size_t length = 0;
  for (std::size_t i = 0; i <= position; ++i) {
    begin += i == 0 ? 0 : length + 1;
    length = codec::write_json(record::to_json(records[i])).size();
  }
  return "bytes " + std::to_string(begin) + " to " + std::to_string(begin + length - 1);
}

core::Result<sign::PublicKey> check_signatures(const std::vector<SealedRecord>& records) {
  const auto wrong = [&](std::size_t i, const std::string& what) {
    return core::corrupt(place_of(i) + " (" + records[i].kind + ", " + bytes_of(records, i) + "): " + what);
  };
  const auto signer = sign::PublicKey::parse(records.front().signer);
  if (!signer.ok()) return wrong(0, "names no signer");
  for (std::size_t i = 0; i < records.size(); ++i) {
    const SealedRecord& record = records[i];
    const auto signature = sign::Signature::parse(record.signature);
    if (!signature.ok()) return wrong(i, "isn't signed");
    if (record.signer != records.front().signer) return wrong(i, "is signed by another key than the first record");
    if (!sign::verify(*signer, core::as_bytes(record::bytes_to_sign(record)), *signature)) {
      return wrong(i, "something in it isn't what " + signer->hex() + " signed");
    }
  }
  return *signer;
}

core::Result<Replay> recompute(std::string_view text, const std::vector<SealedRecord>& records) {
  Replay result;
  result.state = TRY(state_of(records));
  if (!result.state.sealed) return core::corrupt("$.records: the contest isn't sealed; records are missing at the end");
  result.name = hash::sha256(text);
  const auto signer = sign::PublicKey::parse(records.front().signer);
  if (signer.ok()) result.signer = *signer;
  return result;
}

core::Result<void> check_picture(const blobs::Store& store, const Output& output, const std::string& place) {
  const auto found = store.get(output.image, kMaxPicture);
  if (found.ok()) return {};
  return core::error(found.error().kind,
                     place + " (request " + std::to_string(output.request) + "): " + found.error().message);
}

}  // namespace

core::Result<Replay> replay(std::string_view text) {
  const Json json = TRY(parse(text));
  const auto records = TRY(records_of(json));
  return recompute(text, records);
}

core::Result<Replay> verify(std::string_view text, const std::optional<sign::PublicKey>& signer) {
  const Json json = TRY(parse(text));
  TRY(check_canonical(text, json));
  const auto records = TRY(records_of(json));
  const sign::PublicKey found = TRY(check_signatures(records));
  if (signer && found != *signer) {
    return core::denied("the record is signed by " + found.hex() + ", not by " + signer->hex());
  }
  return recompute(text, records);
}

core::Result<std::size_t> verify_pictures(const Replay& replay, const blobs::Store& store) {
  std::size_t count = 0;
  for (const Output& output : replay.state.reference->outputs) {
    TRY(check_picture(store, output, "the baseline's picture"));
    ++count;
  }
  for (const auto& [order, judged] : replay.state.judged) {
    const std::string& name = replay.state.admitted->admissions.entries[static_cast<std::size_t>(order) - 1].name;
    if (judged.reference) {
      for (const Output& output : judged.reference->outputs) {
        TRY(check_picture(store, output, "the baseline's picture beside " + name));
        ++count;
      }
    }
    for (const Output& output : judged.outputs) {
      TRY(check_picture(store, output, "the picture of " + name));
      ++count;
    }
  }
  return count;
}

}  // namespace noonmark::conduct
