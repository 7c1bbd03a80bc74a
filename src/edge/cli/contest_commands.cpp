#include <algorithm>

#include "base/codec/text.h"
#include "base/core/files.h"
#include "contest/conduct/replay.h"
#include "crypto/sign/sign.h"
#include "edge/cli/commands.h"
#include "edge/cli/contest_document.h"
#include "edge/cli/contest_file.h"
#include "edge/cli/hold_contest.h"
#include "edge/cli/report_page.h"
#include "edge/cli/testers.h"
#include "storage/blobs/directory_store.h"

namespace noonmark::cli {
namespace {

constexpr std::uint64_t kMaxRecordBytes = std::uint64_t{512} << 20;

void print_document(Context& context, const ContestDocument& document) {
  context.output.print(to_json(document), to_text(document));
}

core::Result<Answer> run_contest(Context& context) {
  const Invocation& arguments = context.arguments;
  validator::HoldRequest request = TRY(hold_request(*arguments.text("FILE")));
  for (const std::string& entry : arguments.texts("--entry")) request.entries.emplace_back(entry);
  if (request.entries.empty()) return core::invalid("the list of entries is empty: name at least one with --entry DIR");
  request.out = arguments.text("--out").value_or((context.settings.home() / "contests" / request.contest.id).string());
  if (const auto beacon = arguments.text("--beacon"))
    request.beacon = {TRY(codec::parse_hex(*beacon)), "fixed by whoever started the contest"};
  std::unique_ptr<tester::Desk> desk;
  if (const auto address = arguments.text("--testers-listen")) {
    const sign::Sr25519Pair key = TRY(hot_key(context, context.settings.text("key_file")));
    desk = TRY(open_desk(context, *address, key.account(), arguments.texts("--tester")));
    use_testers(context, request, *desk);
  }
  const validator::Held held = TRY(hold_contest(context, request));
  const conduct::Replay replay = TRY(conduct::replay(held.text));
  const ContestDocument document = TRY(document_of(replay.state, held.record.string()));
  const std::filesystem::path page = TRY(write_report(replay, held.record, request.baseline, request.entries));
  context.log.info("wrote the report", {{"path", page.string()}});
  print_document(context, document);
  return Answer::yes;
}

core::Result<std::string> read_record(const std::filesystem::path& file) {
  return core::read_text(file, kMaxRecordBytes).context("record " + file.string());
}

core::Result<Answer> replay_record(Context& context) {
  const std::filesystem::path file = *context.arguments.text("RECORD");
  const std::string text = TRY(read_record(file));
  const conduct::Replay replay = TRY(conduct::replay(text).context("record " + file.string()));
  const ContestDocument document = TRY(document_of(replay.state, file.string()));
  print_document(context, document);
  return Answer::yes;
}

/// A record that isn't what its validator signed is an answer (no), not a failure of the program.
Answer tell_no(Context& context, const std::filesystem::path& file, const core::Error& why) {
  context.output.print(codec::Json::object({{"ok", false}, {"reason", why.message}}),
                       file.string() + " does not verify: " + why.message + "\n");
  return Answer::no;
}

core::Result<Answer> verify_record(Context& context) {
  const std::filesystem::path file = *context.arguments.text("RECORD");
  const std::string text = TRY(read_record(file));
  std::optional<sign::PublicKey> signer;
  if (const auto given = context.arguments.text("--signer")) signer = TRY(sign::PublicKey::parse(*given));
  const auto verified = conduct::verify(text, signer);
  if (!verified.ok()) return tell_no(context, file, verified.error());
  std::string pictures = "not looked at";
  const std::filesystem::path folder = file.parent_path() / validator::kPicturesName;
  std::error_code ignored;
  if (std::filesystem::is_directory(folder, ignored)) {
    const auto store = TRY(blobs::DirectoryStore::open(folder));
    const auto checked = conduct::verify_pictures(*verified, *store);
    if (!checked.ok()) return tell_no(context, file, checked.error());
    pictures = std::to_string(*checked) + " as recorded";
  }
  const std::string name = "sha256:" + verified->name.hex(), signed_by = verified->signer.hex();
  context.output.print(
      codec::Json::object({{"ok", true}, {"name", name}, {"signer", signed_by}, {"pictures", pictures}}),
      file.string() + " verifies\n  name     " + name + "\n  signer   " + signed_by + "\n  pictures " + pictures +
          "\n");
  return Answer::yes;
}

/// The validator's own measurement and verdict for one package, in a scratch folder.
core::Result<Answer> bench_package(Context& context) {
  validator::HoldRequest request = TRY(hold_request(*context.arguments.text("--contest")));
  const std::filesystem::path folder = *context.arguments.text("PACKAGE");
  const package::Package opened = TRY(package::Package::open(folder).context("package " + folder.string()));
  TRY(opened.check_graphs().context("package " + folder.string()));
  request.entries = {folder};
  const core::TempDir scratch = TRY(core::TempDir::create("noonmark-bench"));
  request.out = context.arguments.text("--out").value_or(scratch.path().string());
  const validator::Held held = TRY(hold_contest(context, request));
  const conduct::Replay replay = TRY(conduct::replay(held.text));
  const bool kept = context.arguments.has("--out");
  const ContestDocument document = TRY(document_of(replay.state, kept ? held.record.string() : ""));
  print_document(context, document);
  return Answer::yes;
}

}  // namespace

std::vector<Command> contest_commands() {
  const Parameter record{"RECORD", "", "Final record of a contest (record.json)", true, false};
  return {
      {{"contest run",
        "Hold a contest on this machine; the same command again goes on where a killed one was",
        {{"FILE", "", "Contest definition (TOML)", true, false},
         {"--entry", "DIR", "Package that takes part; several in order of arrival", false, true},
         {"--out", "DIR", "Where records and pictures go (default: below the data directory)", false, false},
         {"--testers-listen", "HOST:PORT", "Have testers measure and judge; they ask for work here", false, false},
         {"--tester", "SS58", "Account of a tester that may take work; several", false, true},
         {"--beacon", "HEX", "Fixed beacon, to repeat a contest on the same inputs", false, false}}},
       run_contest},
      {{"contest replay", "Recompute a contest from its record", {record}}, replay_record},
      {{"contest verify",
        "Check every byte of a record: signatures, chain, derived values, pictures beside it",
        {record, {"--signer", "HEX", "Public key that must have signed", false, false}}},
       verify_record},
      {{"bench",
        "Measure and judge your package as a validator does, before you submit it",
        {{"PACKAGE", "", "Package directory", true, false},
         {"--contest", "FILE", "Contest definition (TOML)", true, false},
         {"--out", "DIR", "Keep records and pictures there", false, false}}},
       bench_package},
  };
}

}  // namespace noonmark::cli
