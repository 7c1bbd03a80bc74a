#include "edge/miner/ticket.h"

#include <array>
#include <limits>

#include "base/codec/fields.h"
#include "base/codec/text.h"
#include "base/core/files.h"

namespace noonmark::miner {
namespace {

using codec::Fields;
using codec::Json;

constexpr std::array kStages = {Stage::planned, Stage::entered, Stage::opened, Stage::missed};
constexpr int kFormat = 1;

std::optional<book::BlockNumber> optional_block(Fields& fields, std::string_view key) {
  if (!fields.has(key)) return std::nullopt;
  return static_cast<book::BlockNumber>(fields.integer(key, 0, std::numeric_limits<book::BlockNumber>::max()));
}

/// The record as the ledger would show it.
core::Result<submission::Open> read_open(std::string_view hex) {
  const submission::Record record = submission::decode(TRY(codec::parse_hex(hex)));
  if (const auto* open = std::get_if<submission::Open>(&record)) return *open;
  return core::invalid("isn't an open record");
}

}  // namespace

std::string_view name_of(Stage stage) {
  switch (stage) {
    case Stage::planned:
      return "planned";
    case Stage::entered:
      return "entered";
    case Stage::opened:
      return "opened";
    case Stage::missed:
      return "missed";
  }
  CHECK(false, "unknown stage");
  return {};
}

submission::Record Ticket::first_record() const {
  if (!sealed) return open;
  return submission::Sealed{open.tag, submission::seal(hotkey, open)};
}

std::filesystem::path ticket_file(const std::filesystem::path& state, std::string_view contest, book::NetUid netuid,
                                  const AccountId& hotkey) {
  return state / std::to_string(netuid) / (std::string(contest) + "-" + hotkey.ss58() + ".json");
}

codec::Json to_json(const Ticket& ticket) {
  Json json = Json::object({{"format", kFormat},
                            {"contest", ticket.contest},
                            {"definition", ticket.definition.hex()},
                            {"netuid", static_cast<int>(ticket.netuid)},
                            {"hotkey", ticket.hotkey.ss58()},
                            {"sealed", ticket.sealed},
                            {"open", codec::hex(submission::encode(ticket.open).value())},
                            {"stage", name_of(ticket.stage)},
                            {"cut_off_ns", static_cast<std::int64_t>(ticket.cut_off.time_since_epoch().count())}});
  if (ticket.entered) json["entered"] = static_cast<std::int64_t>(*ticket.entered);
  if (ticket.opened) json["opened"] = static_cast<std::int64_t>(*ticket.opened);
  return json;
}

core::Result<Ticket> ticket_from_json(const Json& json) {
  Fields fields(json, "ticket");
  Ticket ticket;
  fields.integer("format", kFormat, kFormat);
  ticket.contest = fields.text("contest", 64);
  const std::string definition = fields.text("definition", 64), hotkey = fields.text("hotkey", 64);
  ticket.netuid = static_cast<book::NetUid>(fields.integer("netuid", 0, std::numeric_limits<book::NetUid>::max()));
  ticket.sealed = fields.flag("sealed");
  const std::string open = fields.text("open", 2 * submission::kMaxRecord), stage = fields.text("stage", 16);
  ticket.cut_off = core::UnixNanos(core::Nanos(fields.integer("cut_off_ns", 0)));
  ticket.entered = optional_block(fields, "entered");
  ticket.opened = optional_block(fields, "opened");
  TRY(fields.finish());
  const auto known = std::ranges::find(kStages, stage, name_of);
  if (known == kStages.end()) return core::invalid("ticket.stage: unknown stage '" + stage + "'");
  if (*known != Stage::planned && !ticket.entered) return core::invalid("ticket.entered: is missing");
  ticket.stage = *known;
  ticket.definition = TRY(hash::Digest::parse(definition).context("ticket.definition"));
  ticket.hotkey = TRY(AccountId::parse(hotkey).context("ticket.hotkey"));
  ticket.open = TRY(read_open(open).context("ticket.open"));
  return ticket;
}

core::Result<void> save_ticket(const std::filesystem::path& file, const Ticket& ticket) {
  TRY(core::make_directories(file.parent_path()));
  return core::write_file_atomic(file, codec::write_pretty(to_json(ticket)) + "\n", 0600).context("the entry's ticket");
}

core::Result<Ticket> load_ticket(const std::filesystem::path& file) {
  const auto text = core::read_text(file, 1 << 16);
  if (!text.ok() && text.error().kind == core::ErrorKind::not_found) {
    return core::not_found("no entry of this key has been begun here (" + file.string() +
                           " isn't there); 'noonmark submit PACKAGE' begins one");
  }
  if (!text.ok()) return text.error();
  const auto json = codec::parse_json(*text);
  auto ticket = json.ok() ? ticket_from_json(*json) : core::Result<Ticket>(json.error());
  if (!ticket.ok()) return core::corrupt(file.string() + ": " + ticket.error().message);
  return ticket;
}

}  // namespace noonmark::miner
