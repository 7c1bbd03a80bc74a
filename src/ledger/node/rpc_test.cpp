#include "ledger/node/rpc.h"

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "ledger/node/testing/toy_machine.h"

namespace noonmark::node {
namespace {

using codec::Json;
using testing::ToyMachine;

class RpcTest : public ::testing::Test {
 protected:
  /// The whole answer to one call.
  Json answer(std::string_view method, std::string_view params = "[]") {
    return codec::parse_json(rpc.post(R"({"jsonrpc":"2.0","id":7,"method":")" + std::string(method) + R"(","params":)" +
                                      std::string(params) + "}"))
        .value();
  }
  Json result(std::string_view method, std::string_view params = "[]") {
    const Json whole = answer(method, params);
    EXPECT_NE(whole.find("result"), nullptr) << codec::write_json(whole);
    return whole.find("result") != nullptr ? *whole.find("result") : Json();
  }
  std::int64_t code(const Json& whole) {
    EXPECT_NE(whole.find("error"), nullptr) << codec::write_json(whole);
    return whole.find("error") != nullptr ? whole.find("error")->find("code")->as_integer() : 0;
  }
  static std::string hex(std::string_view text) { return hex0x(core::as_bytes(text)); }
  static std::string quoted(const std::string& text) { return "[\"" + text + "\"]"; }
  std::string signed_hex(std::uint32_t nonce, std::string_view text) {
    return hex0x(ToyMachine::extrinsic(1, nonce, text));
  }
  /// A call in session 1; what was pushed in return.
  std::vector<Json> in_session(std::string_view method, std::string_view params = "[]") {
    pushed.clear();
    rpc.receive(1, R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) + R"(","params":)" +
                       std::string(params) + "}");
    return pushed;
  }

  core::TempDir folder = core::TempDir::create("rpc").value();
  ToyMachine toy;
  core::FakeClock clock{core::UnixNanos{std::chrono::seconds(1000)}};
  sql::Database database = sql::Database::open_sqlite(folder.path() / "x.sqlite").value();
  ChainStore store = ChainStore::open(database).value();
  Chain chain = Chain::open(toy, store, clock.now()).value();
  Rpc rpc{chain, clock, {}, true};
  std::vector<Json> pushed;
};

TEST_F(RpcTest, SpeaksJsonRpc) {
  EXPECT_EQ(rpc.post(R"({"jsonrpc":"2.0","id":"x","method":"system_name"})"),
            R"({"id":"x","jsonrpc":"2.0","result":"Noonmark Node"})");
  EXPECT_EQ(rpc.post(R"({"jsonrpc":"2.0","method":"system_name"})"), "") << "a notification";
  EXPECT_EQ(code(answer("no_such_method")), -32601);
  EXPECT_EQ(code(answer("state_getStorage", "{}")), -32602);
  EXPECT_EQ(code(answer("state_getStorage", "[7]")), -32602);
  EXPECT_EQ(code(codec::parse_json(rpc.post("{")).value()), -32700);
  for (const char* text : {"7", "{}", R"({"id":1,"method":"system_name"})", R"({"jsonrpc":"2.0","id":{},"method":"x"})",
                           R"({"jsonrpc":"2.0","id":1,"method":7})", "[]"}) {
    EXPECT_EQ(code(codec::parse_json(rpc.post(text)).value()), -32600) << text;
  }
}

TEST_F(RpcTest, AnswersBatches) {
  EXPECT_EQ(rpc.post(R"([{"jsonrpc":"2.0","id":1,"method":"system_name"},{"jsonrpc":"2.0","method":"system_name"},7,
                         {"jsonrpc":"2.0","id":2,"method":"system_version"}])"),
            R"([{"id":1,"jsonrpc":"2.0","result":"Noonmark Node"},)"
            R"({"error":{"code":-32600,"message":"Invalid request"},"id":null,"jsonrpc":"2.0"},)"
            R"({"id":2,"jsonrpc":"2.0","result":"0"}])");
  EXPECT_EQ(rpc.post(R"([{"jsonrpc":"2.0","method":"system_name"}])"), "");
}

TEST_F(RpcTest, SubmitsAndFindsInTheBlock) {
  const Json hash = result("author_submitExtrinsic", quoted(signed_hex(0, "a=new")));
  EXPECT_EQ(hash, Json(extrinsic_hash(ToyMachine::extrinsic(1, 0, "a=new")).hex()));
  EXPECT_EQ(result("author_pendingExtrinsics"), Json(Json::Array{signed_hex(0, "a=new")}));
  book::AccountId account;
  account.bytes.fill(1);
  EXPECT_EQ(result("system_accountNextIndex", quoted(account.ss58())), Json(1));
  const std::string block = result("dev_newBlock").as_string();
  const Json body = result("chain_getBlock", quoted(block));
  EXPECT_EQ(body.find("block")->find("header")->find("number")->as_string(), "0x1");
  EXPECT_EQ(body.find("block")->find("extrinsics")->as_array()[1], Json(signed_hex(0, "a=new")));
  EXPECT_EQ(result("chain_getFinalizedHead"), Json(block));
  EXPECT_EQ(result("chain_getBlockHash", "[1]"), Json(block));
  EXPECT_EQ(result("chain_getBlockHash", R"(["0x1"])"), Json(block));
  EXPECT_EQ(result("chain_getBlockHash", "[[0,9]]"), Json(Json::Array{chain.genesis_hash().hex(), Json()}));
  EXPECT_EQ(result("chain_getHeader", quoted(std::string("0x") + std::string(64, '0'))), Json());
  const Json refused = answer("author_submitExtrinsic", quoted(signed_hex(1, "bad")));
  EXPECT_EQ(codec::write_json(*refused.find("error")),
            R"({"code":1010,"data":"Custom error: 11","message":"Invalid Transaction"})");
}

TEST_F(RpcTest, ReadsStorageAtAnyBlock) {
  const std::string genesis = chain.genesis_hash().hex(), a = hex("a"), b = hex("b");
  result("author_submitExtrinsic", quoted(signed_hex(0, "a=new")));
  result("dev_newBlock");
  EXPECT_EQ(result("state_getStorage", quoted(a)), Json(hex("new")));
  EXPECT_EQ(result("state_getStorage", "[\"" + a + "\",\"" + genesis + "\"]"), Json(hex("1")));
  EXPECT_EQ(result("state_getStorage", quoted(hex("none"))), Json());
  EXPECT_EQ(result("state_getStorageSize", quoted(a)), Json(3));
  EXPECT_EQ(result("state_getKeysPaged", "[\"" + a + "\",1]"), Json(Json::Array{a}));
  EXPECT_EQ(result("state_getKeysPaged", "[\"" + a + "\",9,\"" + a + "\"]"), Json(Json::Array{hex("ab")}));
  EXPECT_EQ(code(answer("state_getKeysPaged", "[\"" + a + "\",1001]")), -32602);
  const Json query = result("state_queryStorageAt", "[[\"" + a + "\",\"" + b + "\"],\"" + genesis + "\"]");
  EXPECT_EQ(codec::write_json(query), R"([{"block":")" + genesis + R"(","changes":[[")" + a + R"(",")" + hex("1") +
                                          R"("],[")" + b + R"(",")" + hex("3") + R"("]]}])");
  EXPECT_EQ(code(answer("state_getStorage", "[\"" + a + "\",\"0x" + std::string(64, '1') + "\"]")), 4003);
  EXPECT_EQ(result("state_call", R"(["Toy_echo","0x0a"])"), Json("0x0a01"));
  EXPECT_EQ(code(answer("state_call", R"(["Toy_none","0x"])")), -32602);
  EXPECT_EQ(result("state_getMetadata"), Json(hex("meta")));
}

TEST_F(RpcTest, TellsSubscribersWhatHappens) {
  rpc.open(1, [&](const std::string& text) { pushed.push_back(codec::parse_json(text).value()); });
  EXPECT_EQ(code(answer("chain_subscribeNewHeads")), -32601) << "not over HTTP";
  const auto heads = in_session("chain_subscribeNewHeads");
  ASSERT_EQ(heads.size(), 2u) << "the answer, then the newest header";
  EXPECT_EQ(*heads[1].find("method"), Json("chain_newHead"));
  EXPECT_EQ(*heads[1].find("params")->find("subscription"), *heads[0].find("result"));
  const auto storage = in_session("state_subscribeStorage", "[[\"" + hex("a") + "\"]]");
  ASSERT_EQ(storage.size(), 2u);
  const auto watched = in_session("author_submitAndWatchExtrinsic", quoted(signed_hex(0, "a=new")));
  ASSERT_EQ(watched.size(), 2u);
  EXPECT_EQ(*watched[1].find("params")->find("result"), Json("ready"));

  pushed.clear();
  const std::string block = rpc.make_block().value().hash.hex();
  std::map<std::string, std::vector<Json>> told;
  for (const Json& one : pushed) told[one.find("method")->as_string()].push_back(*one.find("params")->find("result"));
  EXPECT_EQ(*told["chain_newHead"].at(0).find("number"), Json("0x1"));
  EXPECT_EQ(codec::write_json(told["state_storage"].at(0)),
            R"({"block":")" + block + R"(","changes":[[")" + hex("a") + R"(",")" + hex("new") + R"("]]})");
  EXPECT_EQ(told["author_extrinsicUpdate"],
            (std::vector{Json::object({{"inBlock", block}}), Json::object({{"finalized", block}})}));

  const std::string id = heads[0].find("result")->as_string();
  EXPECT_EQ(*in_session("chain_unsubscribeNewHeads", quoted(id)).at(0).find("result"), Json(true));
  EXPECT_EQ(*in_session("chain_unsubscribeNewHeads", quoted(id)).at(0).find("result"), Json(false));
  pushed.clear();
  ASSERT_TRUE(rpc.make_block().ok());
  EXPECT_TRUE(pushed.empty()) << "nothing that is subscribed to has changed";
  rpc.close(1);
  EXPECT_TRUE(in_session("system_name").empty());
}

TEST_F(RpcTest, DevelopmentMethodsAreForDevelopment) {
  Rpc live(chain, clock, {}, false);
  EXPECT_NE(live.post(R"({"jsonrpc":"2.0","id":1,"method":"dev_newBlock"})").find("-32601"), std::string::npos);
  EXPECT_EQ(live.post(R"({"jsonrpc":"2.0","id":1,"method":"rpc_methods"})").find("dev_"), std::string::npos);
  result("dev_newBlock", R"([{"count":3}])");
  EXPECT_EQ(chain.head().header.number, 3u);
  EXPECT_EQ(code(answer("dev_newBlock", R"([{"count":100000}])")), -32602);
}

TEST_F(RpcTest, SubscriptionsAreLimited) {
  Rpc small(chain, clock, {}, true, {.subscriptions = 2});
  small.open(1, [&](const std::string& text) { pushed.push_back(codec::parse_json(text).value()); });
  for (int i = 0; i < 3; ++i) small.receive(1, R"({"jsonrpc":"2.0","id":1,"method":"chain_subscribeNewHeads"})");
  ASSERT_EQ(pushed.size(), 5u);
  EXPECT_EQ(code(pushed.back()), -32006);
}

}  // namespace
}  // namespace noonmark::node
