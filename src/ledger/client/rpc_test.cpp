#include "ledger/client/rpc.h"

#include <gtest/gtest.h>

namespace noonmark::client {
namespace {

core::Error error_in(std::string_view answer) { return result_of(codec::parse_json(answer).value()).error(); }

TEST(Rpc, TellsAPoolsRefusalInWords) {
  // A real node's form, and that of a development chain.
  for (const char* answer :
       {R"({"jsonrpc":"2.0","id":1,"error":{"code":1010,"message":"Invalid Transaction","data":"Custom error: 10"}})",
        R"({"jsonrpc":"2.0","id":1,"error":{"message":"{\"invalid\":{\"custom\":10}}"}})"}) {
    const core::Error error = error_in(answer);
    EXPECT_EQ(error.kind, core::ErrorKind::denied) << answer;
    EXPECT_NE(error.message.find("isn't registered"), std::string::npos) << error.message;
  }
  const core::Error stale =
      error_in(R"({"error":{"code":1010,"message":"Invalid Transaction","data":"Transaction is outdated"}})");
  EXPECT_EQ(stale.kind, core::ErrorKind::denied);
  EXPECT_NE(stale.message.find("outdated"), std::string::npos);
}

TEST(Rpc, AnAnswerWithoutResultIsNone) {
  EXPECT_EQ(error_in(R"({"jsonrpc":"2.0","id":1})").kind, core::ErrorKind::corrupt);
  EXPECT_EQ(error_in("[]").kind, core::ErrorKind::corrupt);
  EXPECT_EQ(error_in(R"({"error":{"code":-32601,"message":"Method not found"}})").kind, core::ErrorKind::invalid);
  EXPECT_EQ(error_in(R"({"error":17})").kind, core::ErrorKind::invalid);
  EXPECT_TRUE(result_of(codec::parse_json(R"({"result":null,"id":1})").value()).value().is_null());
}

TEST(HttpRpc, GoesOnToTheNextEndpointAndSaysWhichFailed) {
  core::FakeClock clock;
  const auto rpc = HttpRpc::open({.urls = {"ws://127.0.0.1:9", "http://127.0.0.1:9"}, .rounds = 2}, clock);
  ASSERT_TRUE(rpc.ok());
  const auto answer = (*rpc)->call("system_chain", {});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, core::ErrorKind::unavailable) << answer.error().message;
  EXPECT_NE(answer.error().message.find("system_chain"), std::string::npos);
}

TEST(HttpRpc, RefusesWhatIsNoLedger) {
  core::FakeClock clock;
  EXPECT_FALSE(HttpRpc::open({}, clock).ok());
  EXPECT_FALSE(HttpRpc::open({.urls = {"ftp://x"}}, clock).ok());
}

}  // namespace
}  // namespace noonmark::client
