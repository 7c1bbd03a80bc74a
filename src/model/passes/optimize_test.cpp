#include "model/passes/optimize.h"

#include <filesystem>
#include <fstream>

#include "model/passes/internal/test_package.h"

namespace noonmark::passes {
namespace {

namespace fs = std::filesystem;

class OptimizeTest : public internal::PackageFixture {
 protected:
  core::Result<Outcome> apply(const std::string& recipe, const std::string& place = "target") {
    const Recipe parsed = TRY(parse_recipe(recipe));
    return optimize(source(), parsed, target(place), runtime());
  }
  package::Package made(const std::string& recipe, const std::string& place = "target") {
    const auto outcome = apply(recipe, place);
    CHECK(outcome.ok(), recipe + ": " + (outcome.ok() ? "" : outcome.error().message));
    return package::Package::open(target(place)).value();
  }
};

TEST_F(OptimizeTest, EveryPassGivesAPackageThatIsAdmittedAndRuns) {
  const image::Image before = picture(source()).value();
  // How far a picture may move, in mean grey levels; 255: it may become another one.
  const std::vector<std::pair<std::string, double>> recipes = {
      {"steps=2", 255},
      {"guidance=3", 255},
      {"threads=2", 1},
      {"optimization=basic", 1},
      {"scheduler=dpmpp-2m", 255},
      {"scheduler=dpmpp-2m-karras", 255},
      {"scheduler=euler-a", 255},
      {"scheduler=ddim", 255},
      {"fixed-batch", 1},
      {"bake", 1},
      {"fp16-weights", 1},
      {"int8-dynamic:min-weights=16", 12},
      {"int8-static:min-weights=16:prompts=2:steps=2", 12},
      {"int8-static:min-weights=16:prompts=2:steps=2:calibration=percentile:percentile=99.9", 12},
      {"int8-static:min-weights=16:prompts=2:steps=2,scheduler=dpmpp-2m,steps=2,bake", 255},
  };
  int place = 0;
  for (const auto& [recipe, most] : recipes) {
    const package::Package after = made(recipe, "p" + std::to_string(place++));
    EXPECT_EQ(after.manifest().parent, source().digest()) << recipe;
    EXPECT_NE(after.substance(), source().substance()) << recipe;
    const auto graphs = after.check_graphs();
    EXPECT_TRUE(graphs.ok()) << recipe << ": " << graphs.error().message;
    const auto image = picture(after);
    ASSERT_TRUE(image.ok()) << recipe << ": " << image.error().message;
    EXPECT_LE(difference(before, *image), most) << recipe;
  }
}

TEST_F(OptimizeTest, TellsWhatItDid) {
  const auto outcome = apply("fp16-weights,steps=2");
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  ASSERT_EQ(outcome->applied.size(), 2u);
  EXPECT_NE(outcome->applied[0].detail.find("half precision"), std::string::npos);
  EXPECT_EQ(outcome->applied[1].detail, "3 denoising steps → 2");
  EXPECT_EQ(outcome->manifest.name, "tiny-fp16-weights-steps2");
}

TEST_F(OptimizeTest, HalfWeightsHalveThePackage) {
  const package::Package after = made("fp16-weights");
  EXPECT_LT(after.total_size(), source().total_size() * 7 / 10);
}

TEST_F(OptimizeTest, StaticQuantisationIsDeterministic) {
  const std::string recipe = "int8-static:min-weights=16:prompts=2:steps=2";
  EXPECT_EQ(made(recipe, "a").digest(), made(recipe, "b").digest());
}

TEST_F(OptimizeTest, StaticQuantisationChangesTheConvolutionsOfEveryPart) {
  const package::Package after = made("int8-static:min-weights=16:prompts=1:steps=1");
  const auto before = source().check_graphs().value();
  const auto reports = after.check_graphs().value();
  ASSERT_FALSE(reports.empty());
  for (const auto& [path, report] : reports) {
    const bool watched = path == "unet/model.onnx" || path == "vae_decoder/model.onnx";
    EXPECT_EQ(report.operators.contains("QuantizeLinear"), watched) << path;
    EXPECT_EQ(report.operators.contains("Conv"), before.at(path).operators.contains("Conv")) << path;
  }
}

TEST_F(OptimizeTest, CalibratesOnThePackagesOwnPromptsWhenItHasSome) {
  std::ofstream(source().root() / "prompts.txt") << "# a comment\na green frog\r\n\na red house\n";
  package::Description description;
  description.name = "tiny";
  ASSERT_TRUE(
      package::write_manifest(source().root(), package::describe_directory(source().root(), description).value()).ok());
  const auto with_prompts = package::Package::open(source().root()).value();
  const auto outcome =
      optimize(with_prompts, parse_recipe("int8-static:min-weights=16:prompts=2:steps=1").value(), target(), runtime());
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
}

TEST_F(OptimizeTest, RefusesOrdersThatCannotWork) {
  for (const char* recipe : {"bake,int8-static", "bake,int8-dynamic", "fp16-weights,int8-static", "fp16-weights,bake",
                             "bake,fixed-batch", "bake,guidance=1"}) {
    const auto outcome = apply(recipe);
    ASSERT_FALSE(outcome.ok()) << recipe;
    EXPECT_EQ(outcome.error().kind, core::ErrorKind::usage) << outcome.error().message;
    EXPECT_FALSE(fs::exists(target())) << recipe;
  }
}

TEST_F(OptimizeTest, RefusesValuesOutOfRangeAndRemovesTheTarget) {
  for (const char* recipe :
       {"steps=0", "steps=1.5", "steps=many", "steps=1001", "guidance=-1", "threads=x", "optimization=most",
        "scheduler=magic", "bake:level=all", "int8-static:prompts=0", "int8-static:operators=Gather",
        "int8-static:calibration=none", "int8-static:percentile=10", "fp16-weights:parts=transformer"}) {
    const auto outcome = apply(recipe);
    ASSERT_FALSE(outcome.ok()) << recipe;
    EXPECT_EQ(outcome.error().kind, core::ErrorKind::usage) << recipe << ": " << outcome.error().message;
    EXPECT_FALSE(fs::exists(target())) << recipe;
  }
}

TEST_F(OptimizeTest, RefusesATargetThatIsNotEmpty) {
  fs::create_directory(target());
  std::ofstream(target() / "mine") << "precious";
  const auto outcome = apply("steps=2");
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, core::ErrorKind::conflict);
  EXPECT_TRUE(fs::exists(target() / "mine"));
}

TEST_F(OptimizeTest, RefusesATargetInsideOfItsSource) {
  const auto inside = optimize(source(), parse_recipe("steps=2").value(), source().root() / "out", runtime());
  ASSERT_FALSE(inside.ok());
  EXPECT_EQ(inside.error().kind, core::ErrorKind::usage);
  EXPECT_FALSE(fs::exists(source().root() / "out"));
  EXPECT_TRUE(package::Package::open(source().root()).ok());
}

TEST_F(OptimizeTest, CopiesAPackageUnderAnotherName) {
  Label label;
  label.name = "another-name";
  ASSERT_TRUE(copy_package(source(), target(), label).ok());
  const auto copy = package::Package::open(target()).value();
  EXPECT_EQ(copy.manifest().name, "another-name");
  EXPECT_EQ(copy.substance(), source().substance());
  EXPECT_NE(copy.digest(), source().digest());
}

}  // namespace
}  // namespace noonmark::passes
