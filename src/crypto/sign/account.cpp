#include "crypto/sign/account.h"

#include <algorithm>

#include "base/codec/text.h"
#include "base/core/check.h"
#include "crypto/hash/blake2b.h"
#include "crypto/sign/internal/base58.h"

namespace noonmark::sign {
namespace {

constexpr std::size_t kChecksumSize = 2;
constexpr std::size_t kMaxText = 2 * AccountId::kSize + 2;
constexpr unsigned kPrefixEnd = 1u << 14;

/// One byte below 64; two above, whose fourteen bits are spread so that the first byte stays in [64, 128).
core::Bytes prefix_bytes(std::uint16_t prefix) {
  if (prefix < 64) return {static_cast<std::uint8_t>(prefix)};
  return {static_cast<std::uint8_t>(0x40 | ((prefix >> 2) & 0x3F)),
          static_cast<std::uint8_t>((prefix >> 8) | ((prefix & 3) << 6))};
}

std::uint16_t prefix_of(std::uint8_t first, std::uint8_t second) {
  return static_cast<std::uint16_t>(((first & 0x3F) << 2) | (second >> 6) | ((second & 0x3F) << 8));
}

std::array<std::uint8_t, kChecksumSize> checksum(core::ByteView prefix_and_key) {
  core::Bytes message{'S', 'S', '5', '8', 'P', 'R', 'E'};
  message.insert(message.end(), prefix_and_key.begin(), prefix_and_key.end());
  const auto digest = hash::blake2b_512(message);
  return {digest[0], digest[1]};
}

core::Result<AccountId> parse_ss58(std::string_view text) {
  const core::Bytes bytes = TRY(parse_base58(text, kMaxText));
  const std::size_t prefix_size = !bytes.empty() && bytes[0] >= 64 ? 2 : 1;
  if (bytes.size() != prefix_size + AccountId::kSize + kChecksumSize) {
    return core::invalid("it is too " +
                         std::string(bytes.size() < prefix_size + AccountId::kSize + kChecksumSize ? "short" : "long") +
                         "; 32 bytes take 46 to 50 characters");
  }
  if (bytes[0] >= 128 || (prefix_size == 2 && prefix_of(bytes[0], bytes[1]) < 64)) {
    return core::invalid("its network prefix isn't a valid one");
  }
  const core::ByteView body = core::ByteView(bytes).first(bytes.size() - kChecksumSize);
  const auto expected = checksum(body);
  if (!std::equal(expected.begin(), expected.end(), bytes.end() - kChecksumSize)) {
    return core::invalid("its checksum doesn't fit: at least one character is wrong");
  }
  AccountId account;
  std::copy_n(body.begin() + static_cast<std::ptrdiff_t>(prefix_size), AccountId::kSize, account.bytes.begin());
  return account;
}

}  // namespace

std::string AccountId::hex() const { return codec::hex(bytes); }

std::string AccountId::ss58(std::uint16_t prefix) const {
  CHECK(prefix < kPrefixEnd, "an SS58 prefix has 14 bits");
  core::Bytes all = prefix_bytes(prefix);
  all.insert(all.end(), bytes.begin(), bytes.end());
  const auto sum = checksum(all);
  all.insert(all.end(), sum.begin(), sum.end());
  return base58(all);
}

core::Result<AccountId> AccountId::parse(std::string_view text) {
  const std::string_view digits = text.starts_with("0x") ? text.substr(2) : text;
  if (digits.size() != text.size() || digits.size() == 2 * kSize) {
    const auto parsed = codec::parse_hex(digits);
    if (!parsed.ok() || parsed->size() != kSize) {
      return core::invalid("an account in hexadecimal form is 64 digits, with or without 0x");
    }
    AccountId account;
    std::copy(parsed->begin(), parsed->end(), account.bytes.begin());
    return account;
  }
  return parse_ss58(text).context("this isn't an SS58 account name");
}

}  // namespace noonmark::sign
