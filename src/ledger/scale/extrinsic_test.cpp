#include "ledger/scale/extrinsic.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/codec/text.h"
#include "base/core/files.h"
#include "ledger/scale/codec.h"

namespace noonmark::scale {
namespace {

codec::Json golden(const std::string& name) {
  return codec::parse_json(core::read_text(NOONMARK_SOURCE_DIR "/tests/golden/chain/" + name, 4 << 20).value()).value();
}
core::Bytes bytes_of(const codec::Json& hex) {
  return codec::parse_hex(std::string_view(hex.as_string()).substr(2)).value();
}
Hash hash_of(const codec::Json& hex) {
  Hash hash{};
  std::ranges::copy(bytes_of(hex), hash.begin());
  return hash;
}

/// The extension list of one runtime version; their types don't matter for extensions that are known by name.
Metadata with_extensions(const codec::Json& digest) {
  Metadata metadata;
  metadata.types.push_back({{}, {}, Tuple{}});
  for (const codec::Json& one : digest.find("extensions")->as_array()) {
    metadata.extensions.push_back({one.find("id")->as_string(), 0, 0});
  }
  return metadata;
}

TEST(Extrinsic, SignsWhatPolkadotJsSignsInSevenRuntimeVersions) {
  const codec::Json digests = golden("metadata_digest.json"), vectors = golden("extrinsic_vectors.json");
  for (const codec::Json& one : vectors.as_array()) {
    const Metadata metadata = with_extensions(*digests.find(std::to_string(one.find("spec")->as_integer())));
    SigningContext context;
    context.spec_version = static_cast<std::uint32_t>(one.find("spec")->as_integer());
    context.transaction_version = static_cast<std::uint32_t>(one.find("tx_version")->as_integer());
    context.genesis = hash_of(*one.find("genesis_hash"));
    context.birth_block = hash_of(*one.find("block_hash"));
    context.nonce = static_cast<std::uint32_t>(one.find("nonce")->as_integer());
    context.tip = static_cast<std::uint64_t>(one.find("tip")->as_integer());
    const core::Bytes era = bytes_of(*one.find("era"));
    Reader reader(era);
    context.era = Era::decode(reader).value();
    EXPECT_EQ(context.era.encode(), era);
    const auto prepared = prepare(metadata, bytes_of(*one.find("call")), context);
    ASSERT_TRUE(prepared.ok()) << prepared.error().message;
    const core::Bytes whole = Writer().raw(prepared->call).raw(prepared->extra).raw(prepared->additional).take();
    EXPECT_EQ(whole, bytes_of(*one.find("payload"))) << one.find("call_name")->as_string();
    EXPECT_EQ(prepared->payload().size() == 32, one.find("payload_is_hashed_when_signed")->as_bool());

    core::Bytes signature = bytes_of(*one.find("signature"));
    signature.erase(signature.begin());  // MultiSignature::Sr25519
    sign::Sr25519Signature fixed{};
    std::ranges::copy(signature, fixed.begin());
    sign::AccountId signer;
    std::ranges::copy(bytes_of(*one.find("signer")), signer.bytes.begin());
    EXPECT_TRUE(sign::verify_sr25519(signer, prepared->payload(), fixed)) << one.find("call_name")->as_string();

    const auto back = parse_signed(metadata, prepared->with_signature(signer, fixed));
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(back->call, prepared->call);
    EXPECT_EQ(back->nonce, context.nonce);
    EXPECT_EQ(back->era, context.era);
    EXPECT_EQ(back->signer, signer);
  }
  EXPECT_EQ(vectors.as_array().size(), 120u);
}

TEST(Extrinsic, AnUnknownExtensionIsSignedOnlyWhenItAddsNothing) {
  Metadata metadata;
  metadata.types.push_back({{}, {}, Tuple{}});
  metadata.types.push_back({{}, {}, Primitive::u8});
  metadata.extensions = {{"CheckTheMoon", 0, 0}};
  EXPECT_TRUE(prepare(metadata, {1, 2}, {}).ok());
  metadata.extensions = {{"CheckTheMoon", 0, 1}};
  const auto refused = prepare(metadata, {1, 2}, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("CheckTheMoon"), std::string::npos);
}

TEST(Era, EncodesTheGoldenEras) {
  const codec::Json vectors = golden("crypto_vectors.json");
  for (const codec::Json& one : vectors.find("era")->as_array()) {
    const auto current = static_cast<std::uint64_t>(one.find("current")->as_integer());
    const auto period = static_cast<std::uint64_t>(one.find("period")->as_integer());
    EXPECT_EQ("0x" + codec::hex(Era::mortal(current, period).encode()), one.find("encoded")->as_string())
        << current << " " << period;
  }
}

TEST(Era, ItsBirthIsTheLastBlockOfItsPhase) {
  for (std::uint64_t current = 0; current < 300; ++current) {
    const Era era = Era::mortal(current, 64);
    EXPECT_EQ(era.birth(current), current);
    EXPECT_EQ(era.birth(current + 63), current);
    EXPECT_EQ(era.birth(current + 64), current + 64);
  }
}

TEST(ParseSigned, RefusesEveryTruncation) {
  const codec::Json digests = golden("metadata_digest.json");
  const Metadata metadata = with_extensions(*digests.find("233"));
  const auto prepared = prepare(metadata, {5, 3, 0}, {}).value();
  const core::Bytes whole = prepared.with_signature({}, {});
  ASSERT_TRUE(parse_signed(metadata, whole).ok());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_signed(metadata, core::ByteView(whole).first(size)).ok()) << size;
  }
}

}  // namespace
}  // namespace noonmark::scale
