#include "model/catalog/catalog.h"

#include <gtest/gtest.h>

#include "base/core/files.h"

namespace noonmark::catalog {
namespace {

Release release(const std::string& model, const std::string& content) {
  return {model, "text-to-image", hash::sha256(content), 123, "emoji/2026-11-25", 0.97};
}

TEST(Catalog, SurvivesTheFile) {
  const core::TempDir folder = core::TempDir::create("catalog").value();
  const std::filesystem::path file = folder.path() / "catalog.json";
  EXPECT_TRUE(load(file).value().releases.empty()) << "no file, nothing to serve";
  Catalog catalog;
  catalog.put(release("zebra", "a"));
  catalog.put(release("emoji", "b"));
  ASSERT_TRUE(save(file, catalog).ok());
  EXPECT_EQ(load(file).value(), catalog);
  EXPECT_EQ(catalog.releases.front().model, "emoji") << "in order, whatever came first";
}

TEST(Catalog, ANewReleaseTakesThePlaceOfItsModels) {
  Catalog catalog;
  catalog.put(release("emoji", "old"));
  catalog.put(release("emoji", "new"));
  ASSERT_EQ(catalog.releases.size(), 1u);
  EXPECT_EQ(catalog.find("emoji")->package, hash::sha256("new"));
  EXPECT_EQ(catalog.find("other"), nullptr);
}

TEST(Catalog, SaysWhatIsWrong) {
  const std::string digest(64, 'a');
  const auto with = [&](const std::string& member) {
    return R"({"releases":[{"model":"m","task":"chat","package":")" + digest + "\"," + member + "}]}";
  };
  const std::pair<std::string, const char*> cases[] = {
      {"[]", "object"},
      {"{}", "releases"},
      {R"({"releases":[7]})", "releases[0]"},
      {R"({"releases":[{"model":"A B","task":"chat","package":"x"}]})", "model"},
      {R"({"releases":[{"model":"m","task":"cooking","package":"x"}]})", "task"},
      {R"({"releases":[{"model":"m","task":"chat","package":"x"}]})", "package"},
      {with(R"("fidelity":2)"), "fidelity"},
      {with(R"("bytes":-1)"), "bytes"},
      {with(R"("colour":"red")"), "colour"},
  };
  for (const auto& [json, word] : cases) {
    const auto read = parse(json);
    ASSERT_FALSE(read.ok()) << json;
    EXPECT_NE(read.error().message.find(word), std::string::npos) << read.error().message;
  }
  Catalog catalog;
  catalog.put(release("emoji", "a"));
  std::string twice = text(catalog);
  const std::string entry =
      twice.substr(twice.find('{', 1), twice.rfind('}', twice.rfind('}') - 1) - twice.find('{', 1) + 1);
  EXPECT_NE(parse(R"({"releases":[)" + entry + "," + entry + "]}").error().message.find("twice"), std::string::npos);
}

}  // namespace
}  // namespace noonmark::catalog
