#include "crypto/wallet/mnemonic.h"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

#include "base/core/check.h"
#include "crypto/hash/hash.h"
#include "crypto/wallet/internal/english.h"

namespace noonmark::wallet {
namespace {

constexpr std::size_t kBitsPerWord = 11;
constexpr std::size_t kMinWords = 12, kMaxWords = 24;
constexpr std::size_t kMaxPhrase = 1024;
constexpr int kRounds = 2048;

bool is_entropy_size(std::size_t size) { return size >= 16 && size <= 32 && size % 4 == 0; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Entropy, then the first byte of its SHA-256, whose leading bits (one for 32 of entropy) are the checksum.
sign::SecretBytes with_checksum(core::ByteView entropy) {
  sign::SecretBytes bytes;
  bytes->reserve(entropy.size() + 1);
  bytes->assign(entropy.begin(), entropy.end());
  bytes->push_back(hash::sha256(entropy).bytes[0]);
  return bytes;
}

core::Error unknown_word(std::size_t number, std::string_view word) {
  const std::string place = "word " + std::to_string(number) + " of the phrase";
  const bool plain = word.size() <= 20 && std::all_of(word.begin(), word.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
                     });
  if (!plain) return core::invalid(place + " isn't an English BIP39 word");
  const auto like = english_like(word);
  return core::invalid(place + ", '" + std::string(word) + "', isn't in BIP39's English list" +
                       (like ? "; was it '" + std::string(*like) + "'?" : ""));
}

/// Appends the low eleven bits of `value` to a string of bits.
void append_bits(core::Bytes& bytes, std::size_t& bit, std::size_t value) {
  for (std::size_t i = kBitsPerWord; i-- > 0; ++bit) {
    if (bit % 8 == 0) bytes.push_back(0);
    bytes.back() |= static_cast<std::uint8_t>(((value >> i) & 1) << (7 - bit % 8));
  }
}

}  // namespace

sign::SecretText phrase_of(core::ByteView entropy) {
  CHECK(is_entropy_size(entropy.size()), "a phrase stands for 16, 20, 24, 28 or 32 bytes");
  const sign::SecretBytes bytes = with_checksum(entropy);
  const std::size_t words = entropy.size() * 3 / 4;
  sign::SecretText phrase;
  phrase->reserve(kMaxWords * 9);
  for (std::size_t word = 0; word < words; ++word) {
    std::size_t index = 0;
    for (std::size_t bit = word * kBitsPerWord; bit < (word + 1) * kBitsPerWord; ++bit) {
      index = 2 * index + (((*bytes)[bit / 8] >> (7 - bit % 8)) & 1u);
    }
    if (word > 0) phrase->push_back(' ');
    phrase->append(english_word(index));
  }
  return phrase;
}

core::Result<sign::SecretBytes> parse_phrase(std::string_view text) {
  if (text.size() > kMaxPhrase) return core::invalid("a phrase has at most 24 words; this text is longer");
  sign::SecretText small(std::string{text});
  for (char& c : *small) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  sign::SecretBytes bits;
  bits->reserve(kMaxPhrase);
  std::size_t bit = 0, words = 0;
  for (std::string_view rest = *small;;) {
    rest.remove_prefix(static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_space) - rest.begin()));
    if (rest.empty()) break;
    const std::string_view word(rest.begin(), std::find_if(rest.begin(), rest.end(), is_space));
    rest.remove_prefix(word.size());
    const auto index = english_index(word);
    if (!index) return unknown_word(words + 1, word);
    append_bits(*bits, bit, *index);
    ++words;
  }
  if (words < kMinWords || words > kMaxWords || words % 3 != 0) {
    return core::invalid("a phrase has 12, 15, 18, 21 or 24 words, not " + std::to_string(words));
  }
  sign::SecretBytes entropy{core::Bytes(bits->begin(), bits->begin() + static_cast<std::ptrdiff_t>(words * 4 / 3))};
  const unsigned unused = static_cast<unsigned>(8 - words / 3);
  if (bits->back() >> unused != with_checksum(*entropy)->back() >> unused) {
    return core::invalid("the phrase's checksum doesn't fit: a word is wrong, or two have changed places");
  }
  return entropy;
}

sign::Seed mini_secret_of(core::ByteView entropy, std::string_view password) {
  sign::SecretText salt;
  salt->reserve(8 + password.size());
  salt->append("mnemonic").append(password);
  sign::Secret<std::array<std::uint8_t, sign::Seed::kSize>> secret;
  const core::ByteView salt_bytes = core::as_bytes(*salt);
  CHECK(PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(entropy.data()), static_cast<int>(entropy.size()),
                          salt_bytes.data(), static_cast<int>(salt_bytes.size()), kRounds, EVP_sha512(),
                          static_cast<int>(secret->size()), secret->data()) == 1);
  return sign::Seed::from_bytes(*secret);
}

}  // namespace noonmark::wallet
