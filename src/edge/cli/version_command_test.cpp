#include <gtest/gtest.h>

#include "base/codec/text.h"
#include "base/core/files.h"
#include "edge/cli/commands.h"
#include "edge/cli/release.h"
#include "net/server/http_server.h"

namespace noonmark::cli {
namespace {

/// A publisher's server, and the program in a home of its own.
class VersionCheck : public testing::Test {
 protected:
  static sign::Sr25519Pair pair(std::uint8_t number) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(number);
    return sign::Sr25519Pair(sign::Seed::from_bytes(bytes));
  }
  static std::string statement(const std::string& version, std::uint8_t signer = 1) {
    const Release release{Version::parse(version).value(), "2026-11-26", "https://example.org/notes"};
    codec::Json json = codec::parse_json(signed_text(release)).value();
    json["signature"] = "0x" + codec::hex(pair(signer).sign(core::as_bytes(signed_text(release))));
    return codec::write_json(json);
  }

  /// The exit code of `version --check` while the server answers with `body`.
  ExitCode check(std::string body, std::vector<std::string> more = {}) {
    const auto server =
        server::HttpServer::start(server::Endpoint::tcp("127.0.0.1", 0), [&body](http::Request,
                                                                                 server::Responder responder) {
          http::Response response;
          response.status = 200;
          response.body = body;
          responder.respond(std::move(response));
        }).value();
    std::vector<std::string> arguments{"version", "--check", "--json", "--home", (folder_.path() / "home").string()};
    if (more.empty()) {
      more = {"--releases-url", "http://127.0.0.1:" + std::to_string(server->port()) + "/release.json",
              "--releases-key", pair(1).account().ss58()};
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  ExitCode run(const std::vector<std::string>& arguments) {
    out_.clear();
    err_.clear();
    const Surroundings around{.environment = [](std::string_view) { return std::nullopt; },
                              .out = [this](std::string_view text) { return out_ += text, true; },
                              .err = [this](std::string_view text) { err_ += text; },
                              .clock = clock_,
                              .stop = stop_};
    return run_application(version_commands(), arguments, around);
  }

  core::TempDir folder_ = core::TempDir::create("version").value();
  core::FakeClock clock_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 26)};
  const std::atomic<bool> stop_{false};
  std::string out_, err_;
};

TEST_F(VersionCheck, WithoutItOnlyTheVersionIsPrinted) {
  EXPECT_EQ(run({"version"}), ExitCode::ok);
  EXPECT_EQ(out_, "noonmark " + std::string(kVersion) + "\n");
}

TEST_F(VersionCheck, ANewerReleaseIsANo) {
  EXPECT_EQ(check(statement(std::string(kVersion))), ExitCode::ok) << err_;
  EXPECT_EQ(check(statement("999.0.0")), ExitCode::no) << err_;
  const codec::Json document = codec::parse_json(out_).value();
  EXPECT_EQ(document.find("newest")->as_string(), "999.0.0");
  EXPECT_EQ(document.find("up_to_date")->as_bool(), false);
}

TEST_F(VersionCheck, AStatementThatIsOlderThanOneSeenIsRefused) {
  EXPECT_EQ(check(statement("999.0.0")), ExitCode::no) << err_;
  EXPECT_EQ(check(statement("998.0.0")), ExitCode::bad_input);
  EXPECT_NE(err_.find("older than one seen before"), std::string::npos) << err_;
  EXPECT_EQ(check(statement("999.0.0")), ExitCode::no) << err_;
}

TEST_F(VersionCheck, AStrangersStatementIsRefusedAndNotRemembered) {
  EXPECT_EQ(check(statement("999.0.0", 2)), ExitCode::bad_input);
  EXPECT_NE(err_.find("isn't signed by"), std::string::npos) << err_;
  EXPECT_EQ(check(std::string(kMaxReleaseStatement + 1, ' ')), ExitCode::bad_input);
  EXPECT_EQ(check(statement("1.0.0")), ExitCode::no) << err_;
}

TEST_F(VersionCheck, BothSettingsAreNeeded) {
  EXPECT_EQ(check("", {"--releases-url", "http://127.0.0.1:9"}), ExitCode::usage);
  EXPECT_NE(err_.find("--releases-key"), std::string::npos) << err_;
  EXPECT_EQ(check("", {"--releases-key", pair(1).account().ss58()}), ExitCode::usage);
  EXPECT_EQ(check("", {"--releases-key", "5Nobody", "--releases-url", "http://127.0.0.1:9"}), ExitCode::usage);
}

}  // namespace
}  // namespace noonmark::cli
