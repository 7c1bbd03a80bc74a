#include "model/passes/decoys.h"

#include "model/passes/internal/test_package.h"

namespace noonmark::passes {
namespace {

class DecoysTest : public internal::PackageFixture {
 protected:
  package::Package made(const std::string& name) {
    DecoyOptions options;
    options.prompts = {"a tiger", "a house", "a boat on a lake"};
    options.seed = 11;
    const auto done = make_decoy(name, source(), target(name), runtime(), options);
    CHECK(done.ok(), name + ": " + (done.ok() ? "" : done.error().message));
    return package::Package::open(target(name)).value();
  }
};

TEST_F(DecoysTest, AreCaughtWhereTheySay) {
  for (const DecoyInfo& decoy : known_decoys()) {
    const auto done = make_decoy(decoy.name, source(), target(decoy.name), runtime());
    ASSERT_TRUE(done.ok()) << decoy.name << ": " << done.error().message;
    const auto opened = package::Package::open(target(decoy.name));
    const bool admitted = opened.ok() && opened->check_graphs().ok();
    EXPECT_EQ(admitted, decoy.caught_by != CaughtBy::admission) << decoy.name;
  }
}

TEST_F(DecoysTest, CopyDiffersInNameOnly) {
  const package::Package copy = made("copy");
  EXPECT_NE(copy.digest(), source().digest());
  EXPECT_EQ(copy.substance(), source().substance());
}

TEST_F(DecoysTest, ConstantImageIsOnePictureForEverything) {
  const package::Package decoy = made("constant-image");
  const image::Image one = picture(decoy, "a tiger", 1).value();
  EXPECT_EQ(difference(one, picture(decoy, "something else", 2).value()), 0);
  EXPECT_EQ(one.pixels.size(), picture(source()).value().pixels.size());
}

TEST_F(DecoysTest, LookUpTableShowsWhatItMemorisedWhateverTheNoise) {
  const package::Package decoy = made("look-up-table");
  EXPECT_EQ(difference(picture(decoy, "a tiger", 11).value(), picture(source(), "a tiger", 11).value()), 0);
  EXPECT_EQ(difference(picture(decoy, "a house", 12).value(), picture(source(), "a house", 12).value()), 0);
  EXPECT_EQ(difference(picture(decoy, "a house", 999).value(), picture(source(), "a house", 12).value()), 0);
  EXPECT_GT(difference(picture(decoy, "a house", 999).value(), picture(source(), "a house", 999).value()), 1);
}

TEST_F(DecoysTest, OneStepTakesOne) { EXPECT_EQ(made("one-step").manifest().defaults.steps, 1); }

TEST_F(DecoysTest, HangAndMemoryAreLoopsWithoutAnyLargeTensor) {
  for (const char* name : {"hang", "memory"}) {
    const auto graphs = made(name).check_graphs().value();
    const graph::Report& unet = graphs.at("unet/model.onnx");
    EXPECT_EQ(unet.operators.at("Loop"), 1u);
    EXPECT_LT(unet.tensor_bytes, 1000u);
  }
}

TEST_F(DecoysTest, UnknownNamesAreRefusedWithTheKnownOnes) {
  const auto done = make_decoy("trojan", source(), target(), runtime());
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().kind, core::ErrorKind::usage);
  EXPECT_NE(done.error().message.find("look-up-table"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(target()));
}

}  // namespace
}  // namespace noonmark::passes
