#include "edge/gateway/gateway.h"

#include <set>

#include "edge/openai/api_fixture_for_tests.h"

namespace noonmark::gateway {
namespace {

using codec::Json;

/// What the document says, and a gateway with a worker for every task.
class DocumentTest : public openai::ApiTest {
 protected:
  DocumentTest() : ApiTest(kinds(), pages(), {{"larger", "upscale", 1}, {"match", "embeddings", 1}}) {}

  /// What "#/components/…" names.
  const Json& resolved(const Json& json) const {
    const Json* const reference = json.find("$ref");
    if (reference == nullptr) return json;
    const Json* found = &document_;
    std::string_view path = reference->as_string();
    while (!path.empty()) {
      path.remove_prefix(path.find('/') + 1);
      const std::size_t end = std::min(path.find('/'), path.size());
      found = found->find(path.substr(0, end));
      if (found == nullptr) break;
      path = end == path.size() ? std::string_view() : path.substr(end);
    }
    static const Json kNothing;
    EXPECT_NE(found, nullptr) << reference->as_string() << " leads nowhere";
    return found == nullptr ? kNothing : *found;
  }
  void resolve_all(const Json& json) const {
    (void)resolved(json);
    if (json.is_object()) {
      for (const auto& [name, member] : json.as_object()) resolve_all(member);
    } else if (json.is_array()) {
      for (const Json& member : json.as_array()) resolve_all(member);
    }
  }

  struct Operation {
    std::string method, path;
    const Json* json;
  };
  std::vector<Operation> operations() const {
    std::vector<Operation> all;
    for (const auto& [path, methods] : document_.find("paths")->as_object()) {
      for (const auto& [method, operation] : methods.as_object()) {
        std::string upper = method;
        std::ranges::transform(upper, upper.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
        all.push_back({upper, path, &operation});
      }
    }
    return all;
  }
  /// The JSON body that an operation takes; nullptr for none.
  static const Json* body_of(const Operation& operation) {
    const Json* const body = operation.json->find("requestBody");
    return body == nullptr ? nullptr : body->find("content")->find("application/json");
  }
  /// With what stands for the parameters of a path.
  static std::string with(std::string path, const std::string& name) {
    const std::size_t begin = path.find('{');
    return begin == std::string::npos ? path : path.replace(begin, path.find('}') - begin + 1, name);
  }

  const Json document_ = codec::parse_json(document()).value();
};

TEST_F(DocumentTest, NamesEveryAddressAndNoOther) {
  std::set<std::string> documented;
  for (const Operation& one : operations()) {
    // These are answered beside the API.
    if (one.json->find("tags")->as_array()[0] != Json("Workers and packages")) {
      documented.insert(one.method + " " + with(one.path, "*"));
    }
  }
  const std::vector<std::string> all = api_.addresses();
  EXPECT_EQ(documented, std::set<std::string>(all.begin(), all.end()));
  EXPECT_EQ(all.size(), documented.size()) << "an address is there twice";
}

TEST_F(DocumentTest, LeadsNowhereElse) { resolve_all(document_); }

TEST_F(DocumentTest, EveryExampleIsAnswered) {
  int sent = 0;
  for (const Operation& one : operations()) {
    const Json* const body = body_of(one);
    if (body == nullptr) continue;
    ASSERT_NE(body->find("example"), nullptr) << one.path;
    const http::Response answer = ask(one.method, with(one.path, "quick"), codec::write_json(*body->find("example")));
    EXPECT_EQ(answer.status / 100, 2) << one.path << ": " << answer.body;
    ++sent;
  }
  EXPECT_GE(sent, 12);
}

TEST_F(DocumentTest, EveryDefaultIsTaken) {
  int sent = 0;
  for (const Operation& one : operations()) {
    const Json* const body = body_of(one);
    if (body == nullptr) continue;
    for (const auto& [name, member] : resolved(*body->find("schema")).find("properties")->as_object()) {
      const Json* const usual = member.find("default");
      if (usual == nullptr) continue;
      Json changed = *body->find("example");
      changed[name] = *usual;
      const http::Response answer = ask(one.method, with(one.path, "quick"), codec::write_json(changed));
      EXPECT_EQ(answer.status / 100, 2) << one.path << " " << name << ": " << answer.body;
      ++sent;
    }
  }
  EXPECT_GE(sent, 60);
}

TEST_F(DocumentTest, EveryMemberIsKnownAndNoOther) {
  int sent = 0;
  for (const Operation& one : operations()) {
    const Json* const body = body_of(one);
    if (body == nullptr) continue;
    const auto is_known = [&](const std::string& name) {
      Json changed = *body->find("example");
      changed[name] = Json::object({{"odd", 1}});
      const http::Response answer = ask(one.method, with(one.path, "quick"), codec::write_json(changed));
      ++sent;
      return answer.body.find("request." + name + ": is not a known member") == std::string::npos;
    };
    const Json& schema = resolved(*body->find("schema"));
    for (const auto& [name, member] : schema.find("properties")->as_object()) {
      EXPECT_TRUE(is_known(name)) << one.path << " " << name;
    }
    EXPECT_EQ(*schema.find("additionalProperties"), Json(false)) << one.path;
    EXPECT_FALSE(is_known("wings")) << one.path;
  }
  EXPECT_GE(sent, 200);
}

TEST_F(DocumentTest, OnlyWhatIsOpenInItIsAnsweredWithoutAKey) {
  for (const Operation& one : operations()) {
    if (one.json->find("tags")->as_array()[0] == Json("Workers and packages")) continue;
    const bool open = one.json->find("security") != nullptr;
    EXPECT_EQ(ask(one.method, with(one.path, "quick"), "{}", "").status == 401, !open) << one.path;
  }
}

TEST_F(DocumentTest, IsServedAsItIs) { EXPECT_EQ(ask("GET", "/openapi.json", {}, "").body, document()); }

}  // namespace
}  // namespace noonmark::gateway
