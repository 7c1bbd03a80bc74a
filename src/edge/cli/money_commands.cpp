#include <algorithm>
#include <charconv>

#include "edge/cli/commands.h"
#include "edge/cli/ledger_access.h"
#include "edge/cli/money.h"
#include "edge/cli/wallet_access.h"

namespace noonmark::cli {
namespace {

constexpr core::Nanos kLimit = std::chrono::minutes(5);

core::Result<book::AccountId> account_of(const Context& context, std::string_view flag) {
  return book::AccountId::parse(*context.arguments.text(flag)).context(std::string(flag));
}

/// Signs with the cold key, waits until a finalised block holds the call, and tells which.
core::Result<Answer> settle(Context& context, const book::Call& call) {
  const sign::Sr25519Pair coldkey = TRY(load_coldkey(context));
  const OpenLedger opened = TRY(open_ledger(context));
  const book::Receipt receipt = TRY(opened.ledger->submit(call, coldkey, kLimit));
  if (!receipt.success) {
    return core::denied("block " + std::to_string(receipt.block.number) +
                        " holds the call, and the ledger refused it: " + receipt.error);
  }
  const std::string block = std::to_string(receipt.block.number);
  context.output.print(codec::Json::object({{"block", static_cast<std::int64_t>(receipt.block.number)},
                                            {"hash", receipt.block.hash.hex()},
                                            {"signer", coldkey.account().ss58()}}),
                       "done in block " + block + " (" + receipt.block.hash.hex() + ")\n");
  return Answer::yes;
}

core::Result<Answer> transfer(Context& context) {
  const book::Rao amount = TRY(parse_tao(*context.arguments.text("--amount")));
  return settle(context, book::Transfer{TRY(account_of(context, "--to")), amount});
}

core::Result<Answer> register_key(Context& context) {
  const book::NetUid netuid = TRY(netuid_of(context));
  return settle(context, book::Register{netuid, TRY(account_of(context, "--for"))});
}

core::Result<Answer> stake(Context& context) {
  const book::NetUid netuid = TRY(netuid_of(context));
  const book::Rao amount = TRY(parse_tao(*context.arguments.text("--amount")));
  const book::AccountId hotkey = TRY(account_of(context, "--for"));
  if (context.arguments.has("--remove")) return settle(context, book::RemoveStake{hotkey, netuid, amount});
  return settle(context, book::AddStake{hotkey, netuid, amount});
}

core::Result<Answer> balance(Context& context) {
  const book::AccountId account = TRY(account_of(context, "--of"));
  const OpenLedger opened = TRY(open_ledger(context));
  const book::BlockRef head = TRY(opened.ledger->head());
  const book::Account money = TRY(opened.ledger->account(account, head));
  context.output.print(codec::Json::object({{"account", account.ss58()},
                                            {"free", std::to_string(money.free)},
                                            {"reserved", std::to_string(money.reserved)},
                                            {"nonce", static_cast<std::int64_t>(money.nonce)},
                                            {"block", static_cast<std::int64_t>(head.number)}}),
                       tao_text(money.free) + " TAO free, " + tao_text(money.reserved) + " TAO reserved, at block " +
                           std::to_string(head.number) + "\n");
  return Answer::yes;
}

std::vector<Parameter> with(std::vector<Parameter> first, bool signs) {
  for (const Parameter& parameter : ledger_parameters()) first.push_back(parameter);
  if (!signs) return first;
  for (const Parameter& parameter : wallet_parameters()) first.push_back(parameter);
  return first;
}

}  // namespace

core::Result<book::Rao> parse_tao(std::string_view text) {
  constexpr std::size_t kDigits = 9;  // after the point: 1 TAO = 10^9 rao
  const auto wrong = [&] {
    return core::usage("'" + std::string(text) +
                       "' is no amount: TAO above 0, with at most nine digits after the point");
  };
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string fraction(text.substr(std::min(point + 1, text.size())));
  if (fraction.size() > kDigits || (point < text.size() && fraction.empty()) || point == 0) return wrong();
  fraction.resize(kDigits, '0');
  const std::string digits = std::string(text.substr(0, point)) + fraction;
  const bool only_digits = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  book::Rao amount = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), amount);
  if (!only_digits || problem != std::errc() || amount == 0) return wrong();
  return amount;
}

std::string tao_text(book::Rao amount) {
  constexpr book::Rao kTao = 1'000'000'000;
  std::string fraction = std::to_string(amount % kTao);
  fraction.insert(0, 9 - fraction.size(), '0');
  return std::to_string(amount / kTao) + "." + fraction;
}

std::vector<Command> money_commands() {
  const Parameter amount{"--amount", "TAO", "Such as 1.5; exact to the ninth digit after the point", true, false};
  const Parameter hotkey{"--for", "SS58", "The hot key", true, false};
  return {
      {{"ledger balance", "Show what an account has", with({{"--of", "SS58", "The account", true, false}}, false)},
       balance},
      {{"ledger transfer", "Send money; signed by the wallet's cold key",
        with({{"--to", "SS58", "Who gets it", true, false}, amount}, true)},
       transfer},
      {{"ledger register", "Register a hot key on a subnet, for its price; signed by the wallet's cold key",
        with({hotkey}, true)},
       register_key},
      {{"ledger stake", "Put stake under a hot key, or take it back; signed by the wallet's cold key",
        with({hotkey, amount, {"--remove", "", "Take it back", false, false}}, true)},
       stake},
  };
}

}  // namespace noonmark::cli
