#include "edge/evidence/sources.h"

#include <algorithm>

namespace noonmark::evidence {
namespace {

constexpr std::size_t kMaxSources = 256;

std::string trimmed(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

Fetch fetch_with(fetch::Fetcher& fetcher, core::Nanos limit) {
  return [&fetcher, limit](const std::string& url, std::uint64_t max_bytes) -> core::Result<core::Bytes> {
    const fetch::Answer answer = TRY(fetcher.get(url, {.max_bytes = max_bytes, .time = limit}));
    return core::Bytes(answer.body.begin(), answer.body.end());
  };
}

void Sources::add(const std::string& url) {
  const std::string base = trimmed(url);
  const bool known = std::ranges::find(urls_, base) != urls_.end();
  if (!known && !base.empty() && urls_.size() < kMaxSources) urls_.push_back(base);
}

core::Result<core::Bytes> Sources::ask(const std::string& url, const hash::Digest& name,
                                       std::uint64_t max_bytes) const {
  core::Bytes bytes = TRY(fetch_(url + "/evidence/" + name.hex(), max_bytes));
  if (bytes.size() > max_bytes) return core::exhausted("longer than " + std::to_string(max_bytes) + " bytes");
  if (hash::sha256(core::ByteView(bytes)) != name) return core::corrupt("the bytes there aren't what their name says");
  return bytes;
}

core::Result<core::Bytes> Sources::get(const hash::Digest& name, std::uint64_t max_bytes, const std::string& first) {
  if (mirror_ != nullptr) {
    auto kept = mirror_->get(name, max_bytes);
    if (kept.ok()) return kept;
  }
  std::vector<std::string> order = {trimmed(first)};
  std::ranges::copy_if(urls_, std::back_inserter(order), [&](const std::string& url) { return url != order[0]; });
  std::string said;
  for (const std::string& url : order) {
    auto bytes = ask(url, name, max_bytes);
    if (bytes.ok()) {
      if (mirror_ != nullptr) TRY(mirror_->put(*bytes));
      return bytes;
    }
    said += (said.empty() ? "" : "; ") + url + ": " + bytes.error().message;
  }
  return core::unavailable("nobody gives " + name.hex() + " (" + said + ")");
}

}  // namespace noonmark::evidence
