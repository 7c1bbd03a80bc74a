#include <fstream>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "crypto/wallet/wallet_files.h"
#include "edge/cli/commands.h"
#include "edge/cli/ledger_access.h"
#include "model/package/endorsement.h"
#include "model/package/package.h"

namespace noonmark::cli {
namespace {

namespace fs = std::filesystem;

/// The program with a home and a wallet of its own.
class Commands : public testing::Test {
 protected:
  void SetUp() override {
    const wallet::KeyFiles cold = wallet::coldkey_files(wallets_, "owner").value();
    const wallet::KeyFiles hot = wallet::hotkey_files(wallets_, "owner", "default").value();
    ASSERT_TRUE(wallet::create_key(cold, key(1), std::nullopt).ok());
    ASSERT_TRUE(wallet::create_key(hot, key(2), std::nullopt).ok());
  }
  static wallet::WalletKey key(std::uint8_t number) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(number);
    const sign::Seed seed = sign::Seed::from_bytes(bytes);
    return {sign::Sr25519Pair(seed), {}, sign::Seed::from_bytes(bytes)};
  }

  ExitCode run(std::vector<std::string> arguments) {
    std::vector<Command> commands = charter_commands();
    for (const auto& group : {miner_commands(), package_network_commands(), package_commands()}) {
      commands.insert(commands.end(), group.begin(), group.end());
    }
    out_.clear();
    err_.clear();
    const Surroundings around{.environment = [this](std::string_view name) -> std::optional<std::string> {
                                if (name == "HOME") return folder_.path().string();
                                return std::nullopt;
                              },
                              .out = [this](std::string_view text) { return out_ += text, true; },
                              .err = [this](std::string_view text) { err_ += text; },
                              .clock = clock_,
                              .stop = stop_};
    return run_application(commands, arguments, around);
  }
  codec::Json json() const { return codec::parse_json(out_).value(); }

  core::TempDir folder_ = core::TempDir::create("miner-commands").value();
  fs::path wallets_ = folder_.path() / ".bittensor" / "wallets";
  const std::string charter_ = (folder_.path() / "charter.jsonl").string();
  const std::string contest_ = std::string(NOONMARK_SOURCE_DIR) + "/contests/emoji-cpu.toml";
  const std::string owner_ = key(1).pair.account().ss58();
  core::FakeClock clock_;
  std::atomic<bool> stop_{false};
  std::string out_, err_;
};

TEST_F(Commands, ACharterIsWrittenStatementByStatementAndReadBack) {
  ASSERT_EQ(run({"charter", "append", charter_, "--wallet", "owner", "--contest", contest_, "--share", "0.5"}),
            ExitCode::ok)
      << err_;
  ASSERT_EQ(run({"charter", "append", charter_, "--wallet.name", "owner", "--exclude", owner_, "--reason", "a test"}),
            ExitCode::ok)
      << err_;
  ASSERT_EQ(run({"charter", "show", charter_, "--owner", owner_, "--json"}), ExitCode::ok) << err_;
  EXPECT_EQ(json().find("contests")->as_array().at(0).find("id")->as_string(), "emoji-cpu");
  EXPECT_EQ(json().find("exclusions")->as_array().at(0).find("reason")->as_string(), "a test");
  EXPECT_EQ(run({"charter", "verify", charter_, "--owner", owner_}), ExitCode::ok);
}

TEST_F(Commands, ACharterRefusesWhatHasNoReasonAndNamesAChangedStatement) {
  EXPECT_EQ(run({"charter", "append", charter_, "--wallet", "owner", "--exclude", owner_}), ExitCode::bad_input);
  EXPECT_EQ(run({"charter", "append", charter_, "--wallet", "owner"}), ExitCode::usage);
  EXPECT_FALSE(fs::exists(charter_));
  ASSERT_EQ(run({"charter", "append", charter_, "--wallet", "owner", "--exclude", owner_, "--reason", "a test"}),
            ExitCode::ok);
  std::string text = core::read_text(charter_, 1 << 20).value();
  text[text.find("a test")] = 'b';
  ASSERT_TRUE(core::write_file_atomic(charter_, text).ok());
  EXPECT_EQ(run({"charter", "verify", charter_, "--owner", owner_}), ExitCode::no);
  EXPECT_NE(out_.find("statement 1"), std::string::npos) << out_;
}

TEST_F(Commands, APackageIsEndorsedByTheHotKey) {
  const fs::path package = folder_.path() / "package";
  fs::create_directories(package);
  std::ofstream(package / "model.txt") << "weights";
  ASSERT_EQ(run({"package", "endorse", package.string(), "--wallet", "owner"}), ExitCode::bad_input);
  package::Description description;
  description.name = "tiny";
  ASSERT_TRUE(package::write_manifest(package, package::describe_directory(package, description).value()).ok());
  ASSERT_EQ(run({"package", "endorse", package.string(), "--wallet", "owner"}), ExitCode::ok) << err_;
  const auto opened = package::Package::open(package);
  EXPECT_TRUE(package::check_endorsement(opened->manifest(), key(2).pair.account()).ok());
}

TEST_F(Commands, SubmitTakesTheOldSpellings) {
  const Grammar grammar = make_grammar(miner_commands());
  const std::vector<std::string> old = {"submit",
                                        "pkg",
                                        "--contest",
                                        "emoji-cpu",
                                        "--repository",
                                        "https://a.example/x.tar.zst",
                                        "--netuid",
                                        "39",
                                        "--wallet.name",
                                        "w",
                                        "--wallet.hotkey",
                                        "h",
                                        "--no_optimizations",
                                        "--no_commit",
                                        "--commit_message",
                                        "text",
                                        "--subtensor.network",
                                        "finney"};
  const auto parsed = parse_arguments(grammar, old);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->invocation.text("--pointer"), "https://a.example/x.tar.zst");
  EXPECT_EQ(parsed->invocation.text("--wallet"), "w");
  EXPECT_EQ(parsed->invocation.text("--hotkey"), "h");
  EXPECT_EQ(parsed->invocation.text("--ledger"), "finney");
  EXPECT_TRUE(parsed->invocation.has("--no_commit"));
  EXPECT_TRUE(parsed->invocation.has("--no_optimizations"));
}

TEST_F(Commands, SubmitSaysWhatIsMissing) {
  EXPECT_EQ(run({"submit", "--contest", contest_}), ExitCode::usage);
  EXPECT_NE(err_.find("--netuid"), std::string::npos) << err_;
  EXPECT_EQ(run({"submit", "--contest", contest_, "--netuid", "1", "--wallet", "nobody"}), ExitCode::bad_input) << err_;
  EXPECT_EQ(run({"submit", "--contest", contest_, "--netuid", "1", "--wallet", "owner"}), ExitCode::usage);
  EXPECT_NE(err_.find("--ledger"), std::string::npos) << err_;
}

TEST(LedgerUrl, KnownNamesStandForTheirNodes) {
  EXPECT_EQ(ledger_url("local"), "ws://127.0.0.1:9944");
  EXPECT_EQ(ledger_url("finney"), "wss://entrypoint-finney.opentensor.ai:443");
  EXPECT_EQ(ledger_url("ws://10.0.0.1:9944"), "ws://10.0.0.1:9944");
}

}  // namespace
}  // namespace noonmark::cli
