// sr25519 signatures per second, one thread, beside a package of npm's @polkadot. Both sides verify the same signature
// (made by the other side, so neither can cheat), and sign the same message; turns in the order ABBA.
//
//   perf_sr25519_versus_node --node-modules DIR --script FILE [--peer util-crypto] [--launches 5] [--pairs 8] [--count
//   300]
#include <iostream>

#include "base/codec/text.h"
#include "child_process.h"
#include "crypto/sign/sr25519.h"
#include "turns.h"

namespace {

using namespace noonmark;

struct Case {
  std::array<std::uint8_t, 32> seed{3, 1, 4, 1, 5};
  core::Bytes message = core::Bytes(120, 0x6E);  // about what an extrinsic signs
  sign::Sr25519Pair pair{sign::Seed::from_bytes(seed)};
  sign::Sr25519Signature signature{};
};

/// Nanoseconds that COUNT verifications took here, or nothing when one failed.
std::optional<double> our_verify(const Case& one, int count) {
  const double start = perf::wall_ns();
  for (int i = 0; i < count; ++i) {
    if (!sign::verify_sr25519(one.pair.account(), one.message, one.signature)) return std::nullopt;
  }
  return perf::wall_ns() - start;
}

std::optional<double> our_sign(const Case& one, int count) {
  const double start = perf::wall_ns();
  sign::Sr25519Signature last{};
  for (int i = 0; i < count; ++i) last = one.pair.sign(one.message);
  const double spent = perf::wall_ns() - start;
  return sign::verify_sr25519(one.pair.account(), one.message, last) ? std::optional(spent) : std::nullopt;
}

/// The time that the other side says it took; its result goes to `result`.
std::optional<double> their_turn(perf::ChildProcess& theirs, const std::string& line, std::string& result) {
  const auto answer = theirs.ask(line);
  if (!answer || answer->find(' ') == std::string::npos) return std::nullopt;
  result = answer->substr(answer->find(' ') + 1);
  return std::strtod(answer->c_str(), nullptr);
}

using OurTurn = std::optional<double> (*)(const Case&, int);

/// One launch of the other side: the median of theirs / ours.
std::optional<double> launch(const std::vector<std::string>& command, const std::string& word, OurTurn our_turn,
                             Case& one, int pairs, int count) {
  perf::ChildProcess theirs(command);
  const std::string message = " " + codec::hex(one.message), number = std::to_string(count);
  const std::string sign_line = " " + codec::hex(one.seed) + message;
  std::string result;
  if (!their_turn(theirs, "sign 1" + sign_line, result)) return std::nullopt;
  const auto bytes = codec::parse_hex(result);
  if (!bytes.ok() || bytes->size() != one.signature.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), one.signature.begin());
  const std::string account = " " + one.pair.account().hex(), made = " " + codec::hex(one.pair.sign(one.message));
  const std::string line = word + " " + number + (word == "sign" ? sign_line : account + message + made);
  std::vector<stats::Pair> times;
  for (int pair = -1; pair < pairs; ++pair) {
    std::optional<double> a, b;
    if (pair % 2 == 0) a = our_turn(one, count);
    b = their_turn(theirs, line, result);
    if (pair % 2 != 0) a = our_turn(one, count);
    if (!a || !b || result == "0") return std::nullopt;
    if (pair >= 0) times.push_back({*b, *a});  // the first is a warm-up
  }
  return stats::median_of_ratios(times);
}

}  // namespace

int main(int argument_count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + argument_count);
  const auto number = [&](const char* name, const char* fallback) {
    return std::atoi(perf::option(arguments, name, fallback).c_str());
  };
  const std::string modules = perf::option(arguments, "node-modules", ""),
                    script = perf::option(arguments, "script", "");
  if (modules.empty() || script.empty()) {
    std::cerr << "usage: perf_sr25519_versus_node --node-modules DIR --script FILE [--peer util-crypto] [--launches 5] "
                 "[--pairs 8] [--count "
                 "300]\n";
    return 2;
  }
  const std::string peer = perf::option(arguments, "peer", "util-crypto");
  Case one;
  const int launches = number("launches", "5"), pairs = number("pairs", "8"), count = number("count", "300");
  for (const auto& [word, turn] : {std::pair<const char*, OurTurn>{"verify", our_verify}, {"sign", our_sign}}) {
    std::vector<double> ratios;
    for (int i = 0; i < launches; ++i) {
      const auto ratio = launch({"node", script, modules, peer}, word, turn, one, pairs, count);
      if (!ratio) {
        std::cerr << "the two sides don't accept each other's signatures, or node is gone\n";
        return 3;
      }
      ratios.push_back(*ratio);
    }
    codec::Json result = perf::result_json("sr25519_" + std::string(word) + "_" + peer, ratios,
                                           "times @polkadot/" + peer + "'s signatures per second", 1, false);
    result["us"] = turn(one, count).value_or(0) / count / 1000;
    std::printf("%s\n", codec::write_json(result).c_str());
  }
  return 0;
}
