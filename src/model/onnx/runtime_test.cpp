#include "model/onnx/runtime.h"

#include <spawn.h>
#include <sys/wait.h>

#include "base/core/files.h"

namespace noonmark::onnx {
namespace {

/// Runs the child with an empty home; gives its exit status and the files that it left there.
std::pair<int, std::vector<std::string>> files_left_by(std::string mode) {
  const core::TempDir home = core::TempDir::create("noonmark-telemetry").value();
  std::string program = TELEMETRY_CHILD;
  std::vector<std::string> environment = {"HOME=" + home.path().string(), "TMPDIR=" + home.path().string(),
                                          "ASAN_OPTIONS=detect_leaks=0"};
  char* arguments[] = {program.data(), mode.data(), nullptr};
  std::vector<char*> variables;
  for (std::string& variable : environment) variables.push_back(variable.data());
  variables.push_back(nullptr);
  pid_t child = -1;
  if (posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, variables.data()) != 0) return {-1, {}};
  int status = -1;
  waitpid(child, &status, 0);
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(home.path())) {
    files.push_back(entry.path().string());
  }
  return {status, files};
}

TEST(Runtime, LeavesNothingInTheUsersHome) {
  const auto [status, files] = files_left_by("off");
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(files.empty()) << files.front();
}

TEST(Runtime, OnlyTheSwitchKeepsTheHomeClean) {
  const auto [status, files] = files_left_by("as-shipped");
  EXPECT_EQ(status, 0);
  if (files.empty()) GTEST_SKIP() << "this build of ONNX Runtime has no telemetry, so the switch has nothing to do";
  EXPECT_NE(files.front().find("noonmark-telemetry"), std::string::npos);
}

TEST(Runtime, KnowsItsVersionAndTheCpu) {
  const auto runtime = Runtime::open().value();
  EXPECT_EQ(runtime->version().substr(0, 2), "1.");
  const auto& providers = runtime->execution_providers();
  EXPECT_NE(std::find(providers.begin(), providers.end(), "cpu"), providers.end());
  EXPECT_TRUE(std::filesystem::exists(runtime->library()));
}

TEST(Runtime, SaysWhatToDoWhenTheLibraryIsMissing) {
  RuntimeSettings settings;
  settings.library = "/nonexistent/libonnxruntime.so";
  const auto missing = Runtime::open(settings);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, core::ErrorKind::unavailable);
  EXPECT_NE(missing.error().message.find("scripts/setup"), std::string::npos);
  settings.library = "libm.so.6";
  EXPECT_EQ(Runtime::open(settings).error().kind, core::ErrorKind::unavailable);
}

}  // namespace
}  // namespace noonmark::onnx
