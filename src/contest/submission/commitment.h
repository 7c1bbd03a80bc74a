#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "contest/submission/foreign.h"
#include "crypto/hash/hash.h"
#include "crypto/sign/account.h"

namespace noonmark::submission {

using sign::AccountId;

/// What a ledger's pallet Commitments keeps of one key at most.
inline constexpr std::size_t kMaxRecord = 128;
inline constexpr std::size_t kMaxPointer = 68;
inline constexpr std::size_t kMaxUrl = 48;

/// A contest's short name in records: the first 8 bytes of sha256(contest id).
using Tag = std::array<std::uint8_t, 8>;
Tag tag_of(std::string_view contest_id);

/// Secret until the entry is opened; zero for an entry that was never sealed.
using Salt = std::array<std::uint8_t, 16>;

/// 'S': an entry whose content nobody can read yet.
struct Sealed {
  Tag tag{};
  hash::Digest digest;  ///< seal()
  bool operator==(const Sealed&) const = default;
};

/// 'O': an entry that everybody can read; it opens a sealed one, or stands for itself.
struct Open {
  Tag tag{};
  hash::Digest content;  ///< package::Package::digest()
  Salt salt{};
  core::Bytes pointer;  ///< Where the package lies: pointer.h. At most kMaxPointer.
  bool operator==(const Open&) const = default;
};

/// 'E': what a validator found on one day, and where its evidence lies.
struct Evidence {
  Tag tag{};
  std::uint32_t day = 0;  ///< Days since 1970-01-01 of the contest day's date.
  hash::Digest bundle;
  hash::Digest winner;  ///< Content of the winner; zeros: nobody.
  std::string url;      ///< Printable ASCII; at most kMaxUrl.
  bool operator==(const Evidence&) const = default;
};

/// What a key committed: "NM1", a kind byte, the fields in order, or something else.
using Record = std::variant<Foreign, Sealed, Open, Evidence>;

/// Fails: invalid when a text is too long or not printable, or for a foreign record.
core::Result<core::Bytes> encode(const Record& record);
/// Any bytes; what isn't exactly one of ours is Foreign.
Record decode(core::ByteView bytes);

/// What a sealed entry commits to:
/// sha256("noonmark sealed entry 1\n" ‖ hotkey ‖ tag ‖ content ‖ salt ‖ pointer).
/// The hot key is in it, so a seal that somebody else copies opens for nobody.
hash::Digest seal(const AccountId& hotkey, const Open& opened);

}  // namespace noonmark::submission
