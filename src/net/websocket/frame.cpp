#include "net/websocket/frame.h"

#include <algorithm>
#include <utility>

#include "base/codec/text.h"
#include "base/core/check.h"

namespace noonmark::websocket {
namespace {

enum Opcode : std::uint8_t { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };
constexpr std::size_t kMaxControl = 125;
constexpr std::uint16_t kProtocol = 1002, kNoCode = 1005, kNotUtf8 = 1007, kTooBig = 1009;

bool is_known(std::uint8_t opcode) { return opcode <= kBinary || (opcode >= kClose && opcode <= kPong); }

/// RFC 6455 §7.4 and the codes registered since: those that may travel in a Close.
bool may_travel(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

std::uint64_t big_endian(const std::uint8_t* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | bytes[i];
  return value;
}

}  // namespace

std::size_t Reader::feed(std::string_view bytes) {
  const std::size_t given = bytes.size();
  // An empty payload ends its frame without another byte.
  while (!ready_ && !fault_ && (!bytes.empty() || (in_payload_ && payload_read_ == length_))) {
    if (in_payload_) {
      read_payload(bytes);
    } else {
      read_header(bytes);
    }
  }
  return given - bytes.size();
}

Incoming Reader::take() {
  CHECK(done());
  Incoming taken = std::move(*ready_);
  ready_.reset();
  return taken;
}

std::size_t Reader::header_size() const {
  if (header_read_ < 2) return 2;
  const int length = header_[1] & 0x7f;
  return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + ((header_[1] & 0x80) != 0 ? 4 : 0);
}

void Reader::read_header(std::string_view& bytes) {
  while (!bytes.empty() && header_read_ < header_size()) {
    header_[header_read_++] = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    if (header_read_ == 2 && !check_first_bytes()) return;
  }
  if (header_read_ == header_size()) begin_frame();
}

bool Reader::check_first_bytes() {
  const std::uint8_t opcode = header_[0] & 0x0f;
  const bool last = (header_[0] & 0x80) != 0, masked = (header_[1] & 0x80) != 0;
  if ((header_[0] & 0x70) != 0) return fail(kProtocol, "a frame of an extension that nobody agreed on"), false;
  if (!is_known(opcode)) return fail(kProtocol, "a frame of an unknown kind"), false;
  if (masked != (self_ == Role::server)) {
    return fail(kProtocol, masked ? "a server's frame is masked" : "a client's frame is not masked"), false;
  }
  if (is_control()) {
    if (last && (header_[1] & 0x7f) <= kMaxControl) return true;
    return fail(kProtocol, "a control frame is in pieces or longer than 125 bytes"), false;
  }
  if ((opcode == kContinuation) != message_.has_value()) {
    return fail(kProtocol, message_ ? "a message begins inside another" : "a message goes on that has not begun"),
           false;
  }
  return true;
}

void Reader::begin_frame() {
  const std::size_t mask_size = self_ == Role::server ? 4 : 0;
  const std::size_t extended = header_read_ - 2 - mask_size;
  length_ = extended == 0 ? header_[1] & 0x7f : big_endian(header_.data() + 2, extended);
  std::copy_n(header_.data() + 2 + extended, mask_size, mask_.data());
  in_payload_ = true;
  payload_read_ = 0;
  if ((extended == 2 && length_ < 126) || (extended == 8 && (length_ < 65536 || length_ >> 63 != 0))) {
    return fail(kProtocol, "a frame's length is not in its shortest form");
  }
  if (is_control()) return control_.clear();
  if (!message_) {
    message_ = Message{(header_[0] & 0x0f) == kText ? Kind::text : Kind::binary, {}};
    fragments_ = 0;
  }
  if (length_ > limits_.message_bytes - message_->data.size() || ++fragments_ > limits_.fragments) {
    fail(kTooBig, "a message is longer than " + std::to_string(limits_.message_bytes) + " bytes or in too many pieces");
  }
}

void Reader::read_payload(std::string_view& bytes) {
  std::string& target = is_control() ? control_ : message_->data;
  const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), length_ - payload_read_));
  const std::size_t begin = target.size();
  target.append(bytes.substr(0, count));
  bytes.remove_prefix(count);
  if (self_ == Role::server) {
    for (std::size_t i = 0; i < count; ++i) target[begin + i] ^= static_cast<char>(mask_[(payload_read_ + i) % 4]);
  }
  payload_read_ += count;
  if (payload_read_ == length_) end_frame();
}

void Reader::end_frame() {
  in_payload_ = false;
  header_read_ = 0;
  switch (header_[0] & 0x0f) {
    case kPing:
      ready_ = Ping{std::move(control_)};
      break;
    case kPong:
      ready_ = Pong{std::move(control_)};
      break;
    case kClose:
      end_close();
      break;
    default:
      if ((header_[0] & 0x80) == 0) return;
      if (message_->kind == Kind::text && !codec::is_utf8(message_->data)) return fail(kNotUtf8, "a text is not UTF-8");
      ready_ = *std::exchange(message_, std::nullopt);
  }
  control_.clear();
}

void Reader::end_close() {
  if (control_.empty()) {
    ready_ = Close{kNoCode, {}};
    return;
  }
  if (control_.size() == 1) return fail(kProtocol, "a Close with half a code");
  const auto code = static_cast<std::uint16_t>(big_endian(reinterpret_cast<const std::uint8_t*>(control_.data()), 2));
  if (!may_travel(code)) return fail(kProtocol, "a Close with a code that may not travel");
  std::string reason = control_.substr(2);
  if (!codec::is_utf8(reason)) return fail(kNotUtf8, "the reason of a Close is not UTF-8");
  ready_ = Close{code, std::move(reason)};
}

namespace {

std::string frame(Opcode opcode, std::string_view payload, const std::optional<Mask>& mask) {
  std::string out;
  out.reserve(payload.size() + 14);
  out += static_cast<char>(0x80 | opcode);
  const char mask_bit = static_cast<char>(mask ? 0x80 : 0);
  const auto big_endian_length = [&](int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift);
  };
  if (payload.size() < 126) {
    out += static_cast<char>(mask_bit | static_cast<char>(payload.size()));
  } else if (payload.size() < 65536) {
    out += static_cast<char>(mask_bit | 126);
    big_endian_length(2);
  } else {
    out += static_cast<char>(mask_bit | 127);
    big_endian_length(8);
  }
  if (mask) out.append(reinterpret_cast<const char*>(mask->data()), mask->size());
  const std::size_t begin = out.size();
  out += payload;
  if (mask) {
    for (std::size_t i = 0; i < payload.size(); ++i) out[begin + i] ^= static_cast<char>((*mask)[i % 4]);
  }
  return out;
}

/// Cuts between two characters, so that what remains is UTF-8 when the whole was.
std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<std::uint8_t>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
}

}  // namespace

std::string write_frame(const Incoming& what, const std::optional<Mask>& mask) {
  if (const auto* message = std::get_if<Message>(&what)) {
    return frame(message->kind == Kind::text ? kText : kBinary, message->data, mask);
  }
  if (const auto* ping = std::get_if<Ping>(&what)) {
    return frame(kPing, std::string_view(ping->payload).substr(0, kMaxControl), mask);
  }
  if (const auto* pong = std::get_if<Pong>(&what)) {
    return frame(kPong, std::string_view(pong->payload).substr(0, kMaxControl), mask);
  }
  const Close& close = std::get<Close>(what);
  if (close.code == kNoCode) return frame(kClose, {}, mask);
  std::string payload{static_cast<char>(close.code >> 8), static_cast<char>(close.code & 0xff)};
  payload += cut(close.reason, kMaxControl - 2);
  return frame(kClose, payload, mask);
}

}  // namespace noonmark::websocket
