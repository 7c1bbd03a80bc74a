#include "crypto/sign/internal/base58.h"

#include <algorithm>

namespace noonmark::sign {
namespace {

constexpr std::string_view kAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// number = number * factor + carry, with digits of `base`, least significant first.
void multiply_add(core::Bytes& number, unsigned base, unsigned factor, unsigned carry) {
  for (std::uint8_t& digit : number) {
    carry += digit * factor;
    digit = static_cast<std::uint8_t>(carry % base);
    carry /= base;
  }
  for (; carry > 0; carry /= base) number.push_back(static_cast<std::uint8_t>(carry % base));
}

}  // namespace

std::string base58(core::ByteView bytes) {
  core::Bytes digits;
  for (const std::uint8_t byte : bytes) multiply_add(digits, 58, 256, byte);
  const auto zeros = std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte != 0; });
  std::string text(static_cast<std::size_t>(zeros - bytes.begin()), kAlphabet[0]);
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) text += kAlphabet[*digit];
  return text;
}

core::Result<core::Bytes> parse_base58(std::string_view text, std::size_t max_text) {
  if (text.size() > max_text) return core::invalid("it has more than " + std::to_string(max_text) + " characters");
  core::Bytes number;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t digit = kAlphabet.find(text[i]);
    if (digit == std::string_view::npos) {
      return core::invalid("its character " + std::to_string(i + 1) +
                           " isn't a base58 one (digits and letters without 0, O, I and l)");
    }
    multiply_add(number, 256, 58, static_cast<unsigned>(digit));
  }
  number.insert(number.end(), std::min(text.find_first_not_of(kAlphabet[0]), text.size()), 0);
  std::reverse(number.begin(), number.end());
  return number;
}

}  // namespace noonmark::sign
