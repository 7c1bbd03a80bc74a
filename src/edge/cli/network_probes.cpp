#include "edge/cli/network_probes.h"

#include <array>
#include <optional>

#include "crypto/wallet/wallet_files.h"
#include "edge/cli/wallet_access.h"
#include "net/server/listen.h"
#include "net/signed/verifier.h"

namespace noonmark::cli {
namespace {

using namespace std::chrono_literals;
using State = Finding::State;

/// A finalised block older than this belongs to a node that is out of step: Bittensor finalises within a minute.
constexpr core::Nanos kOldBlock = 3min;
constexpr core::Nanos kCallLimit = 10s;
/// A chain's name is the node's own word.
constexpr std::size_t kMaxName = 64;

struct DefaultPort {
  std::uint16_t port;
  std::string_view user;
};
constexpr std::array<DefaultPort, 3> kPorts = {
    {{9944, "noonmark ledger run"}, {9190, "noonmark validator run"}, {8080, "noonmark package serve"}}};

std::string seconds_text(core::Nanos duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count()) + " s";
}

/// What a node says, fit for a terminal.
std::string printable(std::string_view text) {
  std::string kept;
  for (const char c : text.substr(0, kMaxName)) kept += c >= 0x20 && c < 0x7F ? c : '?';
  return kept;
}

/// The ledger as the probes see it: opened at the first question, and the failure kept as well.
class Ledger {
 public:
  explicit Ledger(std::function<core::Result<OpenLedger>(Context&)> open) : open_(std::move(open)) {}
  const core::Result<OpenLedger>& ask(Context& context) {
    if (!opened_) opened_.emplace(open_(context));
    return *opened_;
  }

 private:
  const std::function<core::Result<OpenLedger>(Context&)> open_;
  std::optional<core::Result<OpenLedger>> opened_;
};

bool asked(const Context& context) { return context.arguments.has("--ledger"); }

Finding not_asked(std::string name, std::string_view options) {
  return {std::move(name), State::ok, "not asked; give " + std::string(options), ""};
}

Finding not_known(std::string name) {
  return {std::move(name), State::weak, "not known without a ledger", "mend the ledger first"};
}

core::Result<std::string> network_of(const OpenLedger& opened) {
  const codec::Json chain = TRY(opened.rpc->call("system_chain", {}));
  if (!chain.is_string()) return core::corrupt("the node's answer to system_chain is no name");
  const book::BlockRef genesis = TRY(opened.ledger->block(0));
  const book::BlockRef head = TRY(opened.ledger->head());
  return printable(chain.as_string()) + ", genesis " + genesis.hash.hex() + ", block " + std::to_string(head.number);
}

Finding ledger_finding(Ledger& ledger, Context& context) {
  if (!asked(context)) return not_asked("ledger", "--ledger URL");
  const auto failed = [](const core::Error& failure) {
    return Finding{"ledger", State::missing, failure.message,
                   "check the URL and this machine's network, or name another node: --ledger URL"};
  };
  const auto& opened = ledger.ask(context);
  if (!opened.ok()) return failed(opened.error());
  const auto network = network_of(*opened);
  if (!network.ok()) return failed(network.error());
  return {"ledger", State::ok, *network, ""};
}

/// When the newest block was made; nothing while the ledger has only its genesis, which has no time.
core::Result<std::optional<core::UnixNanos>> newest_time(book::Ledger& ledger) {
  const book::BlockRef head = TRY(ledger.head());
  if (head.number == 0) return std::optional<core::UnixNanos>();
  return std::optional(TRY(ledger.block_time(head)));
}

/// A block can't be made later than now, so a block from the future convicts one of two clocks. An old block proves
/// less: the node may lag behind.
Finding clock_finding(Ledger& ledger, Context& context) {
  if (!asked(context)) return not_asked("clock", "--ledger URL");
  const auto& opened = ledger.ask(context);
  if (!opened.ok()) return not_known("clock");
  const auto newest = newest_time(*opened->ledger);
  if (!newest.ok()) return {"clock", State::weak, newest.error().message, "mend the ledger first"};
  if (!*newest)
    return {"clock", State::weak, "not known: the ledger has made no block yet", "wait for its first block"};
  const core::Nanos age = context.clock.now() - **newest;
  if (age < -signed_http::kMaxSkew) {
    return {"clock", State::missing, seconds_text(-age) + " behind the ledger's newest block; signed calls are refused",
            "set the clock: timedatectl set-ntp true"};
  }
  if (age < -1s) {
    return {"clock", State::weak, seconds_text(-age) + " behind the ledger's newest block",
            "set the clock: timedatectl set-ntp true"};
  }
  if (age > kOldBlock) {
    return {"clock", State::weak,
            "the ledger's newest block is " + seconds_text(age) + " old: its node lags behind, or this clock is fast",
            "set the clock: timedatectl set-ntp true; if it is right, wait for the node or name another one"};
  }
  return {"clock", State::ok, "the ledger's newest block is " + seconds_text(std::max(age, core::Nanos(0))) + " old",
          ""};
}

core::Result<sign::AccountId> hotkey_account(const Context& context, const std::string& hotkey) {
  return wallet::load_account(TRY(wallet::hotkey_files(wallet_root(context), wallet_name(context), hotkey)));
}

Finding hotkey_finding(Ledger& ledger, Context& context) {
  const std::string name = "hot key";
  if (!asked(context) || !context.arguments.has("--netuid")) {
    return not_asked(name, "--ledger URL --netuid N, and --wallet and --hotkey NAME");
  }
  const auto netuid = netuid_of(context);
  if (!netuid.ok()) return {name, State::missing, netuid.error().message, "give the subnet's number: --netuid N"};
  const std::string hotkey = context.arguments.text("--hotkey").value_or("default");
  const std::string options = "--wallet " + shell_word(wallet_name(context)) + " --hotkey " + shell_word(hotkey);
  const auto account = hotkey_account(context, hotkey);
  if (!account.ok()) {
    const bool absent = account.error().kind == core::ErrorKind::not_found;
    return {name, State::missing, account.error().message,
            absent ? "noonmark wallet new " + options
                   : "put this key's file back from a backup, or name another key: --hotkey NAME"};
  }
  const auto& opened = ledger.ask(context);
  if (!opened.ok()) return not_known(name);
  const auto head = opened->ledger->head();
  const auto metagraph = head.ok() ? opened->ledger->metagraph(*netuid, *head) : head.error();
  const std::string place = "subnet " + std::to_string(*netuid);
  if (!metagraph.ok()) return {name, State::missing, metagraph.error().message, "is there a " + place + "?"};
  const book::Neuron* neuron = metagraph->find(*account);
  if (neuron == nullptr) {
    return {name, State::missing, account->ss58() + " isn't registered on " + place,
            "noonmark ledger register --for " + account->ss58() + " --wallet " + shell_word(wallet_name(context)) +
                " --netuid " + std::to_string(*netuid) + " --ledger " +
                shell_word(*context.arguments.text("--ledger"))};
  }
  const std::string uid = account->ss58() + " is uid " + std::to_string(neuron->uid) + " of " + place;
  if (neuron->validator_permit) return {name, State::ok, uid + ", with a validator permit", ""};
  return {name, State::weak, uid + ", without a validator permit",
          "a miner needs none; a validator needs more stake on this key, and gets one at the end of the epoch"};
}

Finding ports_finding(const std::function<core::Result<void>(std::uint16_t)>& try_port) {
  std::string free, taken;
  for (const DefaultPort& each : kPorts) {
    const auto tried = try_port(each.port);
    std::string& list = tried.ok() ? free : taken;
    list += (list.empty() ? "" : ", ") + std::to_string(each.port) + " (" + std::string(each.user) + ")";
  }
  if (taken.empty()) return {"ports", State::ok, "free: " + free, ""};
  return {"ports", State::weak, "taken: " + taken + (free.empty() ? "" : "; free: " + free),
          "nothing, where noonmark itself runs there; else another port: --listen HOST:PORT"};
}

}  // namespace

NetworkAccess real_network() {
  return {[](Context& context) { return open_ledger(context, {.urls = {}, .time = kCallLimit, .rounds = 1}); },
          [](std::uint16_t port) -> core::Result<void> {
            TRY(server::open_listener(server::Endpoint::tcp("127.0.0.1", port)));
            return {};
          }};
}

std::vector<Probe> network_probes(NetworkAccess access) {
  const auto ledger = std::make_shared<Ledger>(std::move(access.open_ledger));
  return {[try_port = std::move(access.try_port)](Context&) { return ports_finding(try_port); },
          [ledger](Context& context) { return ledger_finding(*ledger, context); },
          [ledger](Context& context) { return clock_finding(*ledger, context); },
          [ledger](Context& context) { return hotkey_finding(*ledger, context); }};
}

}  // namespace noonmark::cli
