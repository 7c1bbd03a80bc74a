#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace noonmark::websocket {

/// Which end we are: a client masks what it sends, a server never does (RFC 6455 §5.1).
enum class Role { server, client };

enum class Kind { text, binary };

struct Message {
  Kind kind = Kind::text;
  std::string data;  ///< of a text: well-formed UTF-8
  bool operator==(const Message&) const = default;
};
struct Ping {
  std::string payload;
  bool operator==(const Ping&) const = default;
};
struct Pong {
  std::string payload;
  bool operator==(const Pong&) const = default;
};
struct Close {
  std::uint16_t code = 1000;  ///< RFC 6455 §7.4; 1005 when the other side gave none
  std::string reason;
  bool operator==(const Close&) const = default;
};
using Incoming = std::variant<Message, Ping, Pong, Close>;

/// What the other side did wrong, as the code that our Close should carry: 1002 protocol, 1007 not UTF-8, 1009 too big.
struct Fault {
  std::uint16_t code = 1002;
  std::string message;
};

struct Limits {
  std::uint64_t message_bytes = 1024 * 1024;  ///< of a whole message; no frame is longer either
  std::uint32_t fragments = 1024;             ///< of one message
};

/// Reads frames from bytes as they arrive and puts fragments together; control frames come out between them. No
/// extension is understood: compressed frames are refused. Memory grows with what has arrived, never with what a length
/// field says. Fails: never; what is wrong is a fault(). Threads: one at a time.
class Reader {
 public:
  Reader(Role self, Limits limits) : self_(self), limits_(limits) {}

  /// Takes bytes up to the end of the next message or control frame and returns how many; the rest is left to the
  /// caller. Takes nothing while done() or after a fault(). Fails: never; look at fault().
  std::size_t feed(std::string_view bytes);

  bool done() const { return ready_.has_value(); }
  /// What has arrived; the reader then goes on. Requires done().
  Incoming take();
  const std::optional<Fault>& fault() const { return fault_; }

 private:
  void read_header(std::string_view& bytes);
  std::size_t header_size() const;
  void begin_frame();
  bool check_first_bytes();
  void read_payload(std::string_view& bytes);
  void end_frame();
  void end_close();
  void fail(std::uint16_t code, std::string message) { fault_ = Fault{code, std::move(message)}; }
  bool is_control() const { return (header_[0] >> 3 & 1) == 1; }

  Role self_;
  Limits limits_;
  std::array<std::uint8_t, 14> header_{};
  std::size_t header_read_ = 0;
  bool in_payload_ = false;
  std::uint64_t length_ = 0, payload_read_ = 0;
  std::array<std::uint8_t, 4> mask_{};
  std::string control_;
  std::optional<Message> message_;  // begun, not ended
  std::uint32_t fragments_ = 0;
  std::optional<Incoming> ready_;
  std::optional<Fault> fault_;
};

/// A client's mask: four unpredictable bytes, new for each frame. A server gives none.
using Mask = std::array<std::uint8_t, 4>;

/// One whole frame. A control frame's payload is cut to 125 bytes; a Close with code 1005 has an empty payload.
std::string write_frame(const Incoming& what, const std::optional<Mask>& mask = {});

}  // namespace noonmark::websocket
