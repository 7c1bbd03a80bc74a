#include "edge/cli/doctor.h"

#include "edge/cli/ledger_access.h"
#include "edge/cli/table.h"
#include "edge/cli/wallet_access.h"

namespace noonmark::cli {
namespace {

std::string_view word(Finding::State state) {
  switch (state) {
    case Finding::State::ok:
      return "ok";
    case Finding::State::weak:
      return "weak";
    case Finding::State::missing:
      break;
  }
  return "missing";
}

core::Result<Answer> run_doctor(const std::vector<Probe>& probes, Context& context) {
  codec::Json findings = codec::Json::array();
  Table table({{""}, {"what"}, {"found"}});
  std::string remedies;
  bool ready = true;
  for (const Probe& probe : probes) {
    const Finding finding = probe(context);
    ready = ready && finding.state != Finding::State::missing;
    findings.push_back(codec::Json::object(
        {{"name", finding.name}, {"state", word(finding.state)}, {"detail", finding.detail}, {"mend", finding.mend}}));
    table.add({std::string(word(finding.state)), finding.name, finding.detail});
    if (!finding.mend.empty()) remedies += "  " + finding.name + ": " + finding.mend + "\n";
  }
  std::string text = table.text();
  if (!remedies.empty()) text += "\nwhat mends it:\n" + remedies;
  text += ready ? "\nthis machine is ready\n" : "\nthis machine is not ready\n";
  context.output.print(codec::Json::object({{"ready", ready}, {"findings", std::move(findings)}}), text);
  return ready ? Answer::yes : Answer::no;
}

}  // namespace

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,=";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

Command doctor_command(std::vector<Probe> probes) {
  std::vector<Parameter> parameters = ledger_parameters();
  for (const Parameter& parameter : wallet_parameters()) {
    if (parameter.name != "--password-file") parameters.push_back(parameter);  // no secret is read
  }
  return {{"doctor", "Say what is missing on this machine, and the command that mends it", std::move(parameters)},
          [probes = std::move(probes)](Context& context) { return run_doctor(probes, context); }};
}

}  // namespace noonmark::cli
