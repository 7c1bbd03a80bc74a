#include "serving/link/message.h"

#include <algorithm>
#include <concepts>

namespace noonmark::link {
namespace {

constexpr std::size_t kMaxName = 128, kMaxPath = 128, kMaxType = 128, kMaxReason = 2048;
constexpr std::size_t kDigest = 64, kMaxTrace = 128;
constexpr int kMaxSlots = 1024;

class Writer {
 public:
  explicit Writer(std::uint8_t kind) { number(kind); }
  template <std::unsigned_integral T>
  void number(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) out_ += static_cast<char>(value >> (8 * i));
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    out_ += value;
  }
  void id(const job::JobId& job) { out_.append(job.bytes.begin(), job.bytes.end()); }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Reads fields while there are some; the first that is missing or too long is kept as the failure.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  template <std::unsigned_integral T>
  T number() {
    const std::string_view bytes = take(sizeof(T));
    T value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      value = static_cast<T>(value | static_cast<T>(static_cast<T>(static_cast<std::uint8_t>(bytes[i])) << (8 * i)));
    }
    return value;
  }
  std::string text(std::size_t longest) {
    const auto size = number<std::uint32_t>();
    if (size > longest) fail(core::exhausted("a field of a link's message is longer than " + std::to_string(longest)));
    return std::string(take(failure_ ? 0 : size));
  }
  job::JobId id() {
    job::JobId job;
    std::ranges::copy(take(job.bytes.size()), job.bytes.begin());
    return job;
  }
  void fail(core::Error error) {
    if (!failure_) failure_ = std::move(error);
  }
  core::Result<void> finish() {
    if (failure_) return *failure_;
    if (!left_.empty()) return core::corrupt("a link's message has something left over");
    return {};
  }

 private:
  std::string_view take(std::size_t size) {
    if (failure_ || size > left_.size()) {
      fail(core::corrupt("a link's message is cut short"));
      return {};
    }
    const std::string_view bytes = left_.substr(0, size);
    left_.remove_prefix(size);
    return bytes;
  }

  std::string_view left_;
  std::optional<core::Error> failure_;
};

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_digest(std::string_view text) {
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == kDigest && std::ranges::all_of(text, digit);
}

// --- each message: write, then read, its fields in the same order

void write(Writer& out, const Offers& message) {
  out.number(static_cast<std::uint32_t>(message.offers.size()));
  for (const job::Offer& offer : message.offers) {
    out.text(offer.model);
    out.text(offer.task);
    out.number(static_cast<std::uint32_t>(offer.slots));
    out.text(offer.package);
  }
}
void read(Reader& in, Offers& message, const job::Limits& limits) {
  const auto count = in.number<std::uint32_t>();
  if (count > limits.offers) return in.fail(core::exhausted("more than " + std::to_string(limits.offers) + " offers"));
  for (std::uint32_t i = 0; i < count; ++i) {
    job::Offer offer{in.text(kMaxName), in.text(kMaxName), 0};
    const auto slots = in.number<std::uint32_t>();
    if (slots < 1 || slots > kMaxSlots || !is_name(offer.model) || !is_name(offer.task)) {
      return in.fail(core::corrupt("an offer with a bad name or number of slots"));
    }
    offer.slots = static_cast<int>(slots);
    offer.package = in.text(kDigest);
    if (!offer.package.empty() && !is_digest(offer.package)) return in.fail(core::corrupt("an offer of no package"));
    message.offers.push_back(std::move(offer));
  }
}

void write(Writer& out, const Start& message) {
  out.id(message.job.id);
  out.text(message.job.model);
  out.text(message.job.path);
  out.text(message.job.body);
  out.text(message.job.package);
  out.text(message.job.trace);
  out.number(static_cast<std::uint64_t>(std::max<std::int64_t>(0, message.job.time_left.count())));
}
void read(Reader& in, Start& message, const job::Limits& limits) {
  message.job = {in.id(), in.text(kMaxName), in.text(kMaxPath), in.text(limits.body_bytes),
                 {},      in.text(kDigest),  in.text(kMaxTrace)};
  const auto nanoseconds = in.number<std::uint64_t>();
  if (nanoseconds > static_cast<std::uint64_t>(core::Nanos::max().count()))
    in.fail(core::corrupt("a time out of range"));
  message.job.time_left = core::Nanos(static_cast<std::int64_t>(nanoseconds));
}

void write(Writer& out, const Head& message) {
  out.id(message.job);
  out.number(static_cast<std::uint16_t>(message.status));
  out.text(message.content_type);
}
void check_head(Reader& in, int status, std::string_view content_type) {
  const bool printable = std::ranges::all_of(content_type, [](char c) { return c >= 0x20 && c < 0x7f; });
  if (status < 200 || status > 599 || !printable) in.fail(core::corrupt("a bad head of an answer"));
}
void read(Reader& in, Head& message, const job::Limits&) {
  message = {in.id(), in.number<std::uint16_t>(), in.text(kMaxType)};
  check_head(in, message.status, message.content_type);
}

void write(Writer& out, const Whole& message) {
  out.id(message.job);
  out.number(static_cast<std::uint16_t>(message.status));
  out.text(message.content_type);
  out.text(message.bytes);
  out.text(message.receipt);
}
void read(Reader& in, Whole& message, const job::Limits&) {
  message = {in.id(), in.number<std::uint16_t>(), in.text(kMaxType), in.text(kMaxPiece), in.text(kMaxReceipt)};
  check_head(in, message.status, message.content_type);
}

void write(Writer& out, const Piece& message) {
  out.id(message.job);
  out.text(message.bytes);
}
void read(Reader& in, Piece& message, const job::Limits&) { message = {in.id(), in.text(kMaxPiece)}; }

void write(Writer& out, const End& message) {
  out.id(message.job);
  out.number(static_cast<std::uint8_t>(message.failure ? 1 + static_cast<int>(message.failure->kind) : 0));
  out.text(message.failure ? std::string_view(message.failure->message).substr(0, kMaxReason) : "");
  out.text(message.receipt);
}
void read(Reader& in, End& message, const job::Limits&) {
  message.job = in.id();
  const auto kind = in.number<std::uint8_t>();
  std::string reason = in.text(kMaxReason);
  message.receipt = in.text(kMaxReceipt);
  if (kind > 1 + static_cast<int>(job::Failure::Kind::cancelled)) return in.fail(core::corrupt("an unknown failure"));
  if (kind == 0 && !reason.empty()) return in.fail(core::corrupt("a reason without a failure"));
  if (kind > 0) message.failure = {static_cast<job::Failure::Kind>(kind - 1), std::move(reason)};
}

void write(Writer& out, const Cancel& message) { out.id(message.job); }
void read(Reader& in, Cancel& message, const job::Limits&) { message.job = in.id(); }

void write(Writer& out, const Credit& message) {
  out.id(message.job);
  out.number(message.bytes);
}
void read(Reader& in, Credit& message, const job::Limits&) { message = {in.id(), in.number<std::uint32_t>()}; }

void write(Writer& out, const Welcome& message) { out.text(std::string_view(message.refusal).substr(0, kMaxReason)); }
void read(Reader& in, Welcome& message, const job::Limits&) { message.refusal = in.text(kMaxReason); }

void write(Writer& out, const Wishes& message) {
  out.number(static_cast<std::uint32_t>(message.wishes.size()));
  for (const job::Wish& wish : message.wishes) {
    out.text(wish.model);
    out.text(wish.task);
    out.text(wish.package);
    out.number(wish.bytes);
  }
}
void read(Reader& in, Wishes& message, const job::Limits& limits) {
  const auto count = in.number<std::uint32_t>();
  if (count > limits.offers) return in.fail(core::exhausted("more than " + std::to_string(limits.offers) + " wishes"));
  for (std::uint32_t i = 0; i < count; ++i) {
    job::Wish wish{in.text(kMaxName), in.text(kMaxName), in.text(kDigest), in.number<std::uint64_t>()};
    if (!is_name(wish.model) || !is_name(wish.task) || !is_digest(wish.package)) {
      return in.fail(core::corrupt("a wish with a bad name or digest"));
    }
    message.wishes.push_back(std::move(wish));
  }
}

template <std::size_t I = 0>
core::Result<Message> decode_kind(std::size_t kind, Reader& in, const job::Limits& limits) {
  if constexpr (I == std::variant_size_v<Message>) {
    return core::corrupt("a link's message of an unknown kind");
  } else {
    if (kind != I) return decode_kind<I + 1>(kind, in, limits);
    std::variant_alternative_t<I, Message> message;
    read(in, message, limits);
    TRY(in.finish());
    return Message(std::move(message));
  }
}

}  // namespace

std::string encode(const Message& message) {
  Writer out(static_cast<std::uint8_t>(message.index()));
  std::visit([&](const auto& known) { write(out, known); }, message);
  return out.take();
}

core::Result<Message> decode(std::string_view bytes, const job::Limits& limits) {
  Reader in(bytes);
  const auto kind = in.number<std::uint8_t>();
  return decode_kind(kind, in, limits);
}

}  // namespace noonmark::link
