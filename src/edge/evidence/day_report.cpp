#include <array>
#include <cstdio>

#include "base/codec/text.h"
#include "edge/evidence/verify_day.h"

namespace noonmark::evidence {
namespace {

using codec::Json;

std::string_view name_of(Check::Answer answer) {
  constexpr std::array<std::string_view, 3> kNames = {"same", "differs", "open"};
  return kNames[static_cast<std::size_t>(answer)];
}

std::string number(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string winner_text(const std::optional<hash::Digest>& winner) { return winner ? winner->hex() : "nobody"; }

Json to_json(const book::BlockRef& block) {
  return Json::object({{"number", static_cast<std::int64_t>(block.number)}, {"hash", codec::hex(block.hash.bytes)}});
}

Json to_json(const ValidatorReport& one) {
  Json checks = Json::array();
  for (const Check& check : one.checks) {
    checks.push_back(Json::object({{"what", check.what}, {"answer", name_of(check.answer)}, {"detail", check.detail}}));
  }
  Json json = Json::object({{"hotkey", one.hotkey.ss58()},
                            {"stake", std::to_string(one.stake)},
                            {"url", one.url},
                            {"evidence_block", static_cast<std::int64_t>(one.evidence_block)},
                            {"bundle", one.bundle.hex()},
                            {"ok", one.sound()},
                            {"checks", std::move(checks)}});
  if (one.winner) json["winner"] = one.winner->hex();
  return json;
}

Json to_json(const View& view) {
  Json json = Json::object(
      {{"validator", view.validator.ss58()}, {"status", view.status}, {"rank", view.rank}, {"weight", view.weight}});
  if (view.time) json["generation_time"] = record::to_json(*view.time);
  if (view.fidelity) json["fidelity"] = *view.fidelity;
  return json;
}

Json to_json(const EntryComparison& entry) {
  Json views = Json::array();
  for (const View& view : entry.views) views.push_back(to_json(view));
  return Json::object({{"hotkey", entry.hotkey.ss58()},
                       {"content", entry.content.hex()},
                       {"spread", entry.spread},
                       {"overlap", entry.overlap},
                       {"views", std::move(views)}});
}

std::string text_of(const ValidatorReport& one) {
  std::string text = "  " + one.hotkey.ss58() + "  winner " + winner_text(one.winner).substr(0, 12) + "\n";
  std::string same;
  for (const Check& check : one.checks) {
    if (check.answer == Check::Answer::same) same += (same.empty() ? "" : ", ") + check.what;
  }
  if (!same.empty()) text += "    same     " + same + "\n";
  for (const Check& check : one.checks) {
    if (check.answer == Check::Answer::same) continue;
    text += (check.answer == Check::Answer::open ? "    open     " : "    DIFFERS  ") + check.what + ": " +
            check.detail + "\n";
  }
  return text;
}

std::string text_of(const EntryComparison& entry) {
  std::string text = "  " + entry.hotkey.ss58() + "  " + entry.content.hex().substr(0, 12) + "\n";
  for (const View& view : entry.views) {
    text += "    " + view.validator.ss58().substr(0, 8) + "…  " + view.status;
    if (view.rank > 0) text += ", rank " + std::to_string(view.rank);
    if (view.time) {
      text += ", time " + number(view.time->ratio, 4) + " [" + number(view.time->low, 4) + ", " +
              number(view.time->high, 4) + "] of the baseline's";
    }
    if (view.fidelity) text += ", fidelity " + number(*view.fidelity, 4);
    text += "\n";
  }
  if (entry.views.size() > 1) {
    text += "    apart by " + number(100 * entry.spread, 2) + " %, intervals " +
            (entry.overlap ? "overlap" : "do not overlap") + "\n";
  }
  return text;
}

}  // namespace

Json to_json(const DayReport& report) {
  Json validators = Json::array(), silent = Json::array(), entries = Json::array();
  for (const ValidatorReport& one : report.validators) validators.push_back(to_json(one));
  for (const AccountId& one : report.silent) silent.push_back(one.ss58());
  for (const EntryComparison& one : report.entries) entries.push_back(to_json(one));
  Json json = Json::object({{"ok", report.ok()},
                            {"day", report.day.text()},
                            {"head", to_json(report.head)},
                            {"validators", std::move(validators)},
                            {"silent", std::move(silent)},
                            {"entries", std::move(entries)},
                            {"agreement", report.agreement}});
  if (report.winner) json["winner"] = report.winner->hex();
  if (report.cut_off) json["cut_off"] = to_json(*report.cut_off);
  if (report.reveal) json["reveal"] = to_json(*report.reveal);
  return json;
}

std::string to_text(const DayReport& report) {
  std::string text = report.day.text() + (report.ok() ? " verifies" : " does not verify") + " (ledger at block " +
                     std::to_string(report.head.number) + ")\n";
  if (report.cut_off && report.reveal) {
    text += "  collected at block " + std::to_string(report.cut_off->number) + ", opened and drawn at block " +
            std::to_string(report.reveal->number) + "\n";
  }
  text += "  winner " + winner_text(report.winner) + ", behind it " + number(100 * report.agreement, 1) +
          " % of the stake of validators whose evidence holds\n\nValidators\n";
  for (const ValidatorReport& one : report.validators) text += text_of(one);
  for (const AccountId& one : report.silent) text += "  " + one.ss58() + "  no evidence for this day\n";
  if (!report.entries.empty()) text += "\nEntries\n";
  for (const EntryComparison& one : report.entries) text += text_of(one);
  return text;
}

}  // namespace noonmark::evidence
