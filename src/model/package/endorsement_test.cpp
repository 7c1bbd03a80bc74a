#include "model/package/endorsement.h"

#include <gtest/gtest.h>

#include "base/core/random.h"

namespace noonmark::package {
namespace {

sign::Sr25519Pair pair(std::uint8_t number) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(number);
  return sign::Sr25519Pair(sign::Seed::from_bytes(bytes));
}

Manifest small_manifest() {
  Manifest manifest;
  manifest.name = "tiny";
  manifest.version = "1";
  manifest.task = "text-to-image";
  manifest.licence = "MIT";
  manifest.files = {{"unet/model.onnx", 3, hash::sha256("abc")}};
  return manifest;
}

TEST(Endorsement, CN03TheKeyThatEntersIsFoundToHaveMadeThePackage) {
  Manifest manifest = small_manifest();
  const sign::Sr25519Pair key = pair(1);
  EXPECT_EQ(check_endorsement(manifest, key.account()).error().kind, core::ErrorKind::denied);
  endorse(manifest, key);
  EXPECT_TRUE(check_endorsement(manifest, key.account()).ok());
  EXPECT_NE(check_endorsement(manifest, pair(2).account()).error().message.find("not by"), std::string::npos);
}

TEST(Endorsement, StandsOutsideOfTheContentAndComesBackFromTheFile) {
  Manifest manifest = small_manifest();
  const hash::Digest content = content_digest(manifest), substance = substance_digest(manifest);
  endorse(manifest, pair(1));
  EXPECT_EQ(content_digest(manifest), content);
  EXPECT_EQ(substance_digest(manifest), substance);
  const auto again = parse_manifest(manifest_text(manifest));
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(to_json(*again), to_json(manifest));
  EXPECT_TRUE(check_endorsement(*again, pair(1).account()).ok());
}

TEST(Endorsement, AManifestWithoutOneIsWrittenAsBefore) {
  EXPECT_EQ(to_json(small_manifest()).find("endorsement"), nullptr);
}

TEST(Endorsement, SigningAnewOrAnyChangeOfTheContentUndoesIt) {
  Manifest manifest = small_manifest();
  const sign::Sr25519Pair key = pair(1);
  endorse(manifest, key);
  Manifest renamed = manifest;
  renamed.name = "other";
  EXPECT_FALSE(check_endorsement(renamed, key.account()).ok());
  Manifest signed_anew = manifest;
  std::array<std::uint8_t, 32> bytes{};
  sign_manifest(signed_anew, sign::SecretKey(sign::Seed::from_bytes(bytes)));
  EXPECT_FALSE(check_endorsement(signed_anew, key.account()).ok());
}

TEST(Endorsement, EveryFlippedBitOfTheSignatureIsSeen) {
  Manifest manifest = small_manifest();
  const sign::Sr25519Pair key = pair(1);
  endorse(manifest, key);
  for (std::size_t bit = 0; bit < 8 * 64; bit += 7) {
    Manifest changed = manifest;
    changed.endorsement->signature[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(check_endorsement(changed, key.account()).ok()) << bit;
  }
}

TEST(Endorsement, MalformedOnesAreRefusedWithTheirPlace) {
  Manifest manifest = small_manifest();
  endorse(manifest, pair(1));
  for (const auto& [member, value] :
       {std::pair{"account", "5abc"}, std::pair{"signature", "00"}, std::pair{"signature", "zz"}}) {
    codec::Json json = to_json(manifest);
    json["endorsement"][member] = value;
    const auto read = parse_manifest(codec::write_json(json));
    ASSERT_FALSE(read.ok());
    EXPECT_NE(read.error().message.find("endorsement"), std::string::npos) << read.error().message;
  }
}

}  // namespace
}  // namespace noonmark::package
