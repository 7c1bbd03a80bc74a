// Foreign bytes as WebSocket frames: however they are cut into pieces, the same messages come out, within the limits,
// and each of them reads back when it is written again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/check.h"
#include "net/websocket/frame.h"

namespace {

using namespace noonmark;

constexpr websocket::Limits kLimits{4096, 16};

std::vector<websocket::Incoming> read_all(websocket::Role role, std::string_view bytes, std::size_t piece) {
  std::vector<websocket::Incoming> all;
  websocket::Reader reader(role, kLimits);
  while (!reader.fault()) {
    const std::string_view next = bytes.substr(0, piece);
    const std::size_t taken = reader.feed(next);
    CHECK(taken <= next.size());
    bytes.remove_prefix(taken);
    if (reader.done()) {
      all.push_back(reader.take());
    } else if (bytes.empty()) {
      break;
    }
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto role = data[0] % 2 == 0 ? websocket::Role::server : websocket::Role::client;
  const std::string_view bytes = core::as_text({data + 2, size - 2});
  const auto whole = read_all(role, bytes, SIZE_MAX);
  CHECK(whole == read_all(role, bytes, 1 + data[1] % 64), "the same bytes must give the same messages");
  for (const websocket::Incoming& one : whole) {
    if (const auto* message = std::get_if<websocket::Message>(&one))
      CHECK(message->data.size() <= kLimits.message_bytes);
    const auto again = read_all(websocket::Role::client, websocket::write_frame(one), SIZE_MAX);
    CHECK(again.size() == 1 && again.front() == one, "what was read must read back");
  }
  return 0;
}
