#include "edge/miner/package_store.h"

#include <algorithm>

#include "model/package/archive.h"

namespace noonmark::miner {
namespace {

bool is_package_name(std::string_view name) {
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return name.size() == 64 + package::kArchiveEnding.size() && name.ends_with(package::kArchiveEnding) &&
         std::all_of(name.begin(), name.begin() + 64, digit);
}

}  // namespace

http::Response answer_from(const std::filesystem::path& folder, const http::Request& request) {
  if (auto refusal = server::refuse_writing(request)) return *std::move(refusal);
  const std::string_view path = request.path();
  if (!path.starts_with('/') || !is_package_name(path.substr(1))) {
    return http::error_response(404, "a package lies at /<64 hex digits>.tar.zst");
  }
  return server::answer_file(folder / path.substr(1), request, "application/zstd");
}

}  // namespace noonmark::miner
