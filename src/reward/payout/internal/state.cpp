#include "reward/payout/internal/state.h"

#include <array>
#include <limits>

#include "base/codec/fields.h"
#include "reward/plan/plan.h"

namespace noonmark::payout {
namespace {

using codec::Fields;
using codec::Json;

constexpr std::array<std::string_view, 4> kPhases = {"setting", "committing", "committed", "revealing"};
constexpr std::int64_t kMaxBlock = std::numeric_limits<book::BlockNumber>::max();
constexpr std::int64_t kMaxU16 = std::numeric_limits<std::uint16_t>::max();

book::BlockNumber block(Fields& fields, std::string_view key) {
  return static_cast<book::BlockNumber>(fields.integer(key, 0, kMaxBlock));
}

core::Result<Pending> read_pending(const Json& json, book::NetUid netuid) {
  Fields fields(json, "pending");
  Pending pending;
  pending.row.netuid = netuid;
  const std::string phase = fields.text("phase", 16);
  const Json& weights = fields.child("weights");
  const Json::Array& salt = fields.array("salt", 1024);
  pending.row.version = static_cast<std::uint64_t>(fields.integer("version", 0));
  pending.sent = block(fields, "sent");
  TRY(fields.finish());
  std::size_t index = 0;
  while (index < kPhases.size() && kPhases[index] != phase) ++index;
  if (index == kPhases.size()) return core::invalid("pending.phase: " + phase + " isn't known");
  pending.phase = static_cast<Phase>(index);
  pending.row.weights = TRY(plan::weights_from_json(weights));
  for (const Json& word : salt) {
    if (!word.is_integer() || word.as_integer() < 0 || word.as_integer() > kMaxU16) {
      return core::invalid("pending.salt: must be numbers up to 65535");
    }
    pending.row.salt.push_back(static_cast<std::uint16_t>(word.as_integer()));
  }
  return pending;
}

core::Result<State> read_state(std::string_view text) {
  const Json json = TRY(codec::parse_json(text));
  Fields fields(json, "payout");
  State state;
  if (fields.integer("format") != 1) fields.fail("format", "must be 1; a newer format needs a newer noonmark");
  const std::string hotkey = fields.text("hotkey", 64);
  state.netuid = static_cast<book::NetUid>(fields.integer("netuid", 0, kMaxU16));
  if (fields.has("last_set")) state.last_set = block(fields, "last_set");
  if (fields.has("last_shown")) state.last_shown = block(fields, "last_shown");
  state.not_before = block(fields, "not_before");
  const Json* pending = fields.optional_child("pending");
  TRY(fields.finish());
  state.hotkey = TRY(book::AccountId::parse(hotkey));
  if (pending != nullptr) state.pending = TRY(read_pending(*pending, state.netuid));
  return state;
}

}  // namespace

std::string to_text(const State& state) {
  Json json = Json::object({{"format", 1},
                            {"hotkey", state.hotkey.ss58()},
                            {"netuid", static_cast<int>(state.netuid)},
                            {"not_before", static_cast<std::int64_t>(state.not_before)}});
  if (state.last_set) json["last_set"] = static_cast<std::int64_t>(*state.last_set);
  if (state.last_shown) json["last_shown"] = static_cast<std::int64_t>(*state.last_shown);
  if (state.pending) {
    Json salt = Json::array();
    for (const std::uint16_t word : state.pending->row.salt) salt.push_back(static_cast<int>(word));
    json["pending"] = Json::object({{"phase", kPhases[static_cast<std::size_t>(state.pending->phase)]},
                                    {"weights", plan::to_json(state.pending->row.weights)},
                                    {"salt", std::move(salt)},
                                    {"version", state.pending->row.version},
                                    {"sent", static_cast<std::int64_t>(state.pending->sent)}});
  }
  return codec::write_json(json) + "\n";
}

core::Result<State> parse_state(std::string_view text) {
  auto state = read_state(text);
  if (!state.ok()) return core::corrupt(state.error().message);
  return state;
}

}  // namespace noonmark::payout
