// Many workers that are connected and have nothing to do: idle_workers HOST PORT COUNT connects them one after the
// other from one thread, offers a model with each, says how many there are on stdout, and keeps them until stdin ends.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "net/client/websocket_client.h"
#include "serving/link/channel.h"
#include "serving/link/gate.h"
#include "serving/link/message.h"

namespace {

using namespace noonmark;

constexpr core::Nanos kPatience = std::chrono::seconds(20);
const core::SystemClock kClock;

template <class T>
T must(core::Result<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "idle_workers: %s\n", result.error().message.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

struct Idle {
  Idle(const client::Address& gateway, std::uint32_t number)
      : key(sign::Seed::from_bytes(seed_of(number))),
        socket(must(client::WebSocketClient::open(gateway, link::kWorkersPath, kClock, kPatience, {}))),
        channel(link::Channel::of_worker(key, {})) {
    must(socket->send(websocket::Kind::binary, channel.hello()));
    const std::string proof = must(socket->receive(kPatience)).value().data;
    must(socket->send(websocket::Kind::binary, must(channel.establish(proof))));
    must(channel.open(must(socket->receive(kPatience)).value().data));
    link::Offers offers;
    offers.offers.push_back({"idle", "text-to-image", 1});
    must(socket->send(websocket::Kind::binary, channel.seal(link::encode(offers))));
  }
  static std::array<std::uint8_t, 32> seed_of(std::uint32_t number) {
    std::array<std::uint8_t, 32> seed{};
    for (std::size_t i = 0; i < 4; ++i) seed[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return seed;
  }
  const sign::Sr25519Pair key;
  std::unique_ptr<client::WebSocketClient> socket;
  link::Channel channel;
};

}  // namespace

int main(int count, char** words) {
  if (count != 4) {
    std::fprintf(stderr, "usage: idle_workers HOST PORT COUNT\n");
    return 2;
  }
  const auto gateway = client::Address::tcp(words[1], static_cast<std::uint16_t>(std::atoi(words[2])));
  std::vector<std::unique_ptr<Idle>> workers;
  for (int i = 0; i < std::atoi(words[3]); ++i) {
    workers.push_back(std::make_unique<Idle>(gateway, static_cast<std::uint32_t>(i + 1)));
  }
  std::printf("%zu\n", workers.size());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
