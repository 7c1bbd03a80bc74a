// Stands in for `noonmark runner`: a pipeline without a model, and the ways in which a package could misbehave.
// Arguments: runner --package DIR --listen-fd N [--mode MODE] [--cpu-ms N]

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <string>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "base/codec/text.h"
#include "net/server/http_server.h"
#include "trial/runner/image_skill.h"
#include "trial/runner/serve.h"

namespace noonmark::runner {
namespace {

void burn(int milliseconds) {
  timespec begin{}, now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
  do ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1'000'000 < milliseconds);
}

/// What nobody reads may be left out by a compiler.
char* volatile kept = nullptr;

void use_all_memory() {
  constexpr std::size_t kStep = 8 << 20;
  while (true) {
    auto* block = static_cast<char*>(std::malloc(kStep));
    if (block == nullptr) std::abort();
    std::memset(block, 1, kStep);
    kept = block;
  }
}

void flood() {
  const std::string block(1 << 16, 'x');
  while (::write(STDOUT_FILENO, block.data(), block.size()) > 0) {
  }
}

[[noreturn]] void hang() {
  while (true) ::pause();
}

void misbehave(const std::string& what) {
  if (what == "hang") hang();
  if (what == "memory") use_all_memory();
  if (what == "flood") flood();
  if (what == "forbidden") ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  if (what == "crash") {
    std::fprintf(stderr, "the graph is broken\n");
    std::exit(3);
  }
  if (what == "segfault") ::raise(SIGSEGV);
}

class FakePipeline final : public pipelines::Pipeline {
 public:
  FakePipeline(std::string mode, int cpu_ms) : mode_(std::move(mode)), cpu_ms_(cpu_ms) {}

  core::Result<std::vector<image::Image>> generate(const pipelines::ImageRequest& request,
                                                   const pipelines::OnProgress& on_progress) override {
    if (mode_.rfind("turn_", 0) == 0) misbehave(mode_.substr(5));
    if (mode_ == "error") return core::internal("the runtime failed\x01 badly");
    const int steps = request.steps.value_or(2);
    for (int step = 1; step <= steps; ++step) {
      if (!on_progress({step, steps})) return core::cancelled("cancelled");
      burn(cpu_ms_ / steps);
    }
    std::vector<image::Image> images;
    for (int i = 0; i < request.n; ++i) {
      image::Image picture = image::blank(request.width.value_or(64), request.height.value_or(64), 3);
      for (std::uint8_t& value : picture.pixels)
        value = static_cast<std::uint8_t>(request.seed + static_cast<std::uint64_t>(i));
      images.push_back(std::move(picture));
    }
    return images;
  }

 private:
  std::string mode_;
  int cpu_ms_;
};

std::string answer_with(int width, int height, int count) {
  std::vector<image::Image> images(static_cast<std::size_t>(count), image::blank(width, height, 3));
  return write_answer(images, image::Format::png, 0).value();
}

// Bodies that a proper HTTP answer can carry and that are still no pictures as asked for.
std::string lying_body(const std::string& mode) {
  if (mode == "wrong_size") return answer_with(32, 64, 1);
  if (mode == "huge_size") return answer_with(1024, 1024, 1);
  if (mode == "wrong_count") return answer_with(64, 64, 2);
  if (mode == "not_json") return std::string("\xff\x00<html>", 8);
  if (mode == "no_base64") return R"({"data":[{"b64_json":"***"}]})";
  if (mode == "truncated") {
    const core::Bytes png = image::encode_png(image::blank(64, 64, 3)).value();
    return R"({"data":[{"b64_json":")" + codec::base64(core::ByteView(png).first(png.size() / 2)) + R"("}]})";
  }
  if (mode == "endless") return std::string(40 << 20, ' ');
  return {};
}

void serve_lies(int descriptor, const std::string& body) {
  const auto listener = server::HttpServer::start(server::Endpoint::listening(descriptor),
                                                  [&](http::Request request, server::Responder responder) {
                                                    http::Response response;
                                                    if (request.path() == kImagesPath) response.body = body;
                                                    responder.respond(std::move(response));
                                                  });
  hang();
}

// Answers /health properly and then says what is no HTTP.
void serve_raw(int descriptor, const std::string& bytes) {
  const int caller = ::accept(descriptor, nullptr, nullptr);
  char buffer[4096];
  for (const std::string& answer : {std::string("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), bytes}) {
    if (::recv(caller, buffer, sizeof(buffer), 0) <= 0) return;
    (void)!::send(caller, answer.data(), answer.size(), MSG_NOSIGNAL);
  }
  ::close(caller);
  hang();
}

int run(const std::map<std::string, std::string>& options) {
  const auto option = [&](const char* name, const char* fallback) {
    return options.contains(name) ? options.at(name) : std::string(fallback);
  };
  const std::string mode = option("--mode", "good");
  const int descriptor = std::atoi(option("--listen-fd", "3").c_str());
  if (mode.rfind("load_", 0) == 0) misbehave(mode.substr(5));
  if (!lying_body(mode).empty()) serve_lies(descriptor, lying_body(mode));
  if (mode == "lying_length") serve_raw(descriptor, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nshort");
  if (mode == "not_http")
    serve_raw(descriptor,
              "\x7f"
              "ELF is not HTTP\r\n\r\n");
  const core::SystemClock clock;
  ImageSkill skill(std::make_unique<FakePipeline>(mode, std::atoi(option("--cpu-ms", "0").c_str())), clock);
  const std::atomic<bool> stop{false};
  return serve(skill, server::Endpoint::listening(descriptor), {"fake", 16}, clock, stop).ok() ? 0 : 5;
}

}  // namespace
}  // namespace noonmark::runner

int main(int count, char** words) {
  std::map<std::string, std::string> options;
  for (int i = 2; i + 1 < count; i += 2) options[words[i]] = words[i + 1];
  return noonmark::runner::run(options);
}
