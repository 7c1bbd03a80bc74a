#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/core/result.h"
#include "serving/job/job.h"

namespace noonmark::link {

/// What gateway and worker say to each other once the channel stands. Each is one encrypted message.

/// Worker: this is served from now on. Empty: nothing more, it drains.
struct Offers {
  std::vector<job::Offer> offers;
  bool operator==(const Offers&) const = default;
};
/// Gateway: do this.
struct Start {
  job::Job job;
};
/// Worker: the answer begins.
struct Head {
  job::JobId job;
  int status = 200;
  std::string content_type;
  bool operator==(const Head&) const = default;
};
/// Worker: more of the answer.
struct Piece {
  job::JobId job;
  std::string bytes;
  bool operator==(const Piece&) const = default;
};
/// Worker: the answer is whole, or there will be no more of it.
struct End {
  job::JobId job;
  std::optional<job::Failure> failure;
  std::string receipt = {};  ///< of a whole answer; may be empty
};
/// Gateway: nobody wants the answer any more.
struct Cancel {
  job::JobId job;
  bool operator==(const Cancel&) const = default;
};
/// Gateway: so many more bytes of pieces may come; a job begins with kFirstCredit.
struct Credit {
  job::JobId job;
  std::uint32_t bytes = 0;
  bool operator==(const Credit&) const = default;
};
/// Gateway, once, first of all: the worker is welcome, or why not.
struct Welcome {
  std::string refusal;  ///< empty: welcome
  bool operator==(const Welcome&) const = default;
};

/// Gateway: serve this, and nothing else that came from such a list. Workers with models of their own pass over it.
struct Wishes {
  std::vector<job::Wish> wishes;
  bool operator==(const Wishes&) const = default;
};

/// Worker: an answer that is no stream and fits one piece, in one message instead of three.
struct Whole {
  job::JobId job;
  int status = 200;
  std::string content_type;
  std::string bytes;
  std::string receipt;
  bool operator==(const Whole&) const = default;
};

using Message = std::variant<Offers, Start, Head, Piece, End, Cancel, Credit, Welcome, Wishes, Whole>;

inline constexpr std::uint32_t kFirstCredit = 256 * 1024;
inline constexpr std::size_t kMaxReceipt = 4096;
inline constexpr std::size_t kMaxPiece = 64 * 1024;  ///< bytes of one Piece

/// A byte for the kind, then the fields in order: numbers little-endian, texts with their length (32 bits) before them.
std::string encode(const Message& message);
/// Fails: corrupt (not such a message, something left over), exhausted (beyond `limits`).
core::Result<Message> decode(std::string_view bytes, const job::Limits& limits);

}  // namespace noonmark::link
