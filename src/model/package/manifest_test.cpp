#include "model/package/manifest.h"

#include <set>

#include <gtest/gtest.h>

#include "base/core/bytes.h"
#include "base/core/files.h"

namespace noonmark::package {
namespace {

Manifest sample() {
  Manifest manifest;
  manifest.name = "emoji";
  manifest.version = "1.0.0";
  manifest.task = "text-to-image";
  manifest.description = "A model";
  manifest.licence = "MIT";
  manifest.parent = hash::sha256("parent");
  manifest.files = {{"model_index.json", 3, hash::sha256("abc")}, {"unet/model.onnx", 2, hash::sha256("de")}};
  manifest.runtime.free_dimensions = {{"unet", {{"batch", 2}}}};
  manifest.defaults.scheduler["_class_name"] = "DDIMScheduler";
  return manifest;
}

std::string edited(const std::string& from, const std::string& to) {
  std::string text = manifest_text(sample());
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

void expect_refused(const std::string& text, const std::string& word) {
  const auto parsed = parse_manifest(text);
  ASSERT_FALSE(parsed.ok()) << word;
  EXPECT_EQ(parsed.error().kind, core::ErrorKind::invalid);
  EXPECT_NE(parsed.error().message.find(word), std::string::npos) << parsed.error().message;
}

sign::SecretKey key(std::uint8_t first) {
  std::array<std::uint8_t, 32> bytes{};
  bytes[0] = first;
  return sign::SecretKey(sign::Seed::from_bytes(bytes));
}

TEST(Manifest, ReadsBackWhatItWrites) {
  Manifest manifest = sample();
  sign_manifest(manifest, key(1));
  const std::string text = manifest_text(manifest);
  const auto parsed = parse_manifest(text);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(manifest_text(*parsed), text);
  EXPECT_EQ(content_digest(*parsed), content_digest(manifest));
  EXPECT_EQ(parsed->runtime.free_dimensions.at("unet").at("batch"), 2);
}

TEST(Manifest, RefusesADuplicateKey) {
  expect_refused(edited("\"format\": 1", "\"format\": 1, \"format\": 1"), "format");
}

TEST(Manifest, RefusesAnUnknownMember) {
  expect_refused(edited("\"format\": 1", "\"format\": 1, \"extra\": 1"), "extra");
}

TEST(Manifest, RefusesAMissingMember) { expect_refused(edited("\"licence\"", "\"license\""), "license"); }

TEST(Manifest, RefusesAnotherFormat) { expect_refused(edited("\"format\": 1", "\"format\": 2"), "format 2"); }

TEST(Manifest, RefusesAnUnknownTask) { expect_refused(edited("text-to-image", "text-to-gold"), "unknown task"); }

TEST(Manifest, RefusesANegativeSize) { expect_refused(edited("\"size\": 3", "\"size\": -3"), "size"); }

TEST(Manifest, RefusesZeroSteps) { expect_refused(edited("\"steps\": 20", "\"steps\": 0"), "steps"); }

TEST(Manifest, RefusesAFreeDimensionOfZero) { expect_refused(edited("\"batch\": 2", "\"batch\": 0"), "batch"); }

TEST(Manifest, RefusesAFileThatIsListedTwiceInAnotherCase) {
  expect_refused(edited("model_index.json", "UNET/model.onnx"), "listed twice");
}

TEST(Manifest, RefusesToListItself) { expect_refused(edited("model_index.json", "Noonmark.json"), "list itself"); }

TEST(Manifest, RefusesUnsafePaths) {
  for (const char* path : {"/etc/passwd", "../secret", "a/../../b", "a//b", "a/", "./a", "a\\\\b", "C:/x", "a\\u0000b",
                           "a\\nb", "a/b/c/d/e/f/g/h/i", "a. ", "nul."}) {
    expect_refused(edited("model_index.json", path), "path");
  }
  expect_refused(edited("model_index.json", std::string(241, 'a')), "too long");
}

TEST(Manifest, RefusesTooManyFiles) {
  Manifest manifest = sample();
  Limits limits;
  limits.files = 1;
  EXPECT_FALSE(check_manifest(manifest, limits).ok());
  EXPECT_FALSE(parse_manifest(manifest_text(manifest), limits).ok());
}

TEST(Manifest, RefusesASumOfSizesThatWouldOverflow) {
  Manifest manifest = sample();
  Limits limits;
  limits.file_bytes = limits.total_bytes = ~0ull;
  for (FileEntry& file : manifest.files) file.size = ~0ull / 2 + 2;
  EXPECT_FALSE(check_manifest(manifest, limits).ok());
}

/// The members of a schema's object and those that are written, side by side.
void expect_same_members(const codec::Json& schema, const codec::Json& written, const std::string& where) {
  const codec::Json* properties = schema.find("properties");
  ASSERT_NE(properties, nullptr) << where;
  std::set<std::string> named, used;
  for (const auto& [key, value] : properties->as_object()) named.insert(key);
  for (const auto& [key, value] : written.as_object()) used.insert(key);
  EXPECT_EQ(named, used) << where;
}

TEST(Manifest, HasTheMembersThatItsSchemaNames) {
  const auto text = core::read_text(NOONMARK_SOURCE_DIR "/api/package.schema.json", 1 << 20);
  ASSERT_TRUE(text.ok()) << text.error().message;
  const codec::Json schema = codec::parse_json(*text).value();
  Manifest manifest = sample();
  manifest.endorsement = Endorsement{};
  const codec::Json written = to_json(manifest);
  expect_same_members(schema, written, "manifest");
  const codec::Json& properties = *schema.find("properties");
  expect_same_members(*properties.find("runtime"), *written.find("runtime"), "runtime");
  expect_same_members(*properties.find("defaults"), *written.find("defaults"), "defaults");
  expect_same_members(*properties.find("endorsement"), *written.find("endorsement"), "endorsement");
  expect_same_members(*properties.find("files")->find("items"), written.find("files")->as_array()[0], "files");
  std::vector<std::string> tasks;
  for (const codec::Json& task : properties.find("task")->find("enum")->as_array()) tasks.push_back(task.as_string());
  EXPECT_EQ(tasks, known_tasks());
}

TEST(Path, MustBeValidUtf8) {
  EXPECT_TRUE(check_path("grün/日本.bin").ok());
  for (const char* path : {"\xff", "a\xc0\x80", "\xed\xa0\x80", "\xe2\x82", "\xf5\x80\x80\x80", "\x80"}) {
    EXPECT_FALSE(check_path(path).ok());
  }
}

TEST(Path, IsShownWithoutControlCharacters) {
  const auto refused = check_path("a\x1b[2J");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message.find('\x1b'), std::string::npos);
}

TEST(Signature, HoldsForTheAuthorOnly) {
  Manifest manifest = sample();
  EXPECT_TRUE(verify_signature(manifest).ok());  // unsigned
  sign_manifest(manifest, key(1));
  EXPECT_TRUE(verify_signature(manifest).ok());
  manifest.author = key(2).public_key();
  EXPECT_EQ(verify_signature(manifest).error().kind, core::ErrorKind::denied);
}

TEST(Signature, CoversEveryMember) {
  const auto breaks = [](auto change) {
    Manifest manifest = sample();
    sign_manifest(manifest, key(1));
    change(manifest);
    return !verify_signature(manifest).ok();
  };
  EXPECT_TRUE(breaks([](Manifest& m) { m.name = "other"; }));
  EXPECT_TRUE(breaks([](Manifest& m) { m.version = "2"; }));
  EXPECT_TRUE(breaks([](Manifest& m) { m.parent.reset(); }));
  EXPECT_TRUE(breaks([](Manifest& m) { m.files[0].size++; }));
  EXPECT_TRUE(breaks([](Manifest& m) { m.files[1].sha256.bytes[5] ^= 1; }));
  EXPECT_TRUE(breaks([](Manifest& m) { m.defaults.steps = 1; }));
  EXPECT_TRUE(breaks([](Manifest& m) { m.defaults.scheduler["x"] = 1; }));
  EXPECT_TRUE(breaks([](Manifest& m) { m.runtime.prefer_fixed_batch = true; }));
  EXPECT_TRUE(breaks([](Manifest& m) { m.signature.reset(); }));
}

TEST(Digest, IgnoresTheSignatureAndSubstanceIgnoresNames) {
  Manifest plain = sample();
  Manifest renamed = sample();
  renamed.name = "other";
  renamed.description = "something else";
  renamed.parent.reset();
  EXPECT_NE(content_digest(plain), content_digest(renamed));
  EXPECT_EQ(substance_digest(plain), substance_digest(renamed));
  renamed.defaults.steps = 6;
  EXPECT_NE(substance_digest(plain), substance_digest(renamed));

  Manifest with_author = sample();
  sign_manifest(with_author, key(1));
  const hash::Digest digest = content_digest(with_author);
  with_author.signature.reset();
  EXPECT_EQ(content_digest(with_author), digest);
}

TEST(Digest, DoesNotDependOnTheOrderOfFiles) {
  Manifest manifest = sample();
  const hash::Digest digest = content_digest(manifest);
  std::swap(manifest.files[0], manifest.files[1]);
  EXPECT_EQ(content_digest(manifest), digest);
}

}  // namespace
}  // namespace noonmark::package
