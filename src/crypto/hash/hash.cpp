#include "crypto/hash/hash.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <openssl/evp.h>

#include "base/codec/text.h"
#include "base/core/files.h"

namespace noonmark::hash {

std::string Digest::hex() const { return codec::hex(bytes); }

core::Result<Digest> Digest::parse(std::string_view text) {
  if (text.starts_with("sha256:")) text.remove_prefix(7);
  const core::Result<core::Bytes> bytes = codec::parse_hex(text);
  if (!bytes.ok() || bytes->size() != 32) return core::invalid("a SHA-256 digest is 64 hexadecimal digits");
  Digest digest;
  std::copy(bytes->begin(), bytes->end(), digest.bytes.begin());
  return digest;
}

struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  CHECK(state_->context && EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(core::ByteView bytes) {
  CHECK(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

Digest Sha256::finish() {
  Digest digest;
  CHECK(EVP_DigestFinal_ex(state_->context.get(), digest.bytes.data(), nullptr) == 1);
  CHECK(EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1);
  return digest;
}

Digest sha256(core::ByteView bytes) {
  Sha256 hasher;
  hasher.update(bytes);
  return hasher.finish();
}

Digest sha256(std::string_view text) { return sha256(core::as_bytes(text)); }

Digest hmac_sha256(core::ByteView key, std::string_view text) {
  constexpr std::size_t kBlock = 64;
  constexpr std::uint8_t kInner = 0x36, kOuter = 0x5c;
  std::array<std::uint8_t, kBlock> padded{};
  if (key.size() > kBlock) {
    const Digest digest = sha256(key);
    std::ranges::copy(digest.bytes, padded.begin());
  } else {
    std::ranges::copy(key, padded.begin());
  }
  const auto hash = [&](std::uint8_t pad, core::ByteView message) {
    std::array<std::uint8_t, kBlock> block = padded;
    for (std::uint8_t& byte : block) byte ^= pad;
    Sha256 hasher;
    hasher.update(block);
    hasher.update(message);
    return hasher.finish();
  };
  return hash(kOuter, hash(kInner, core::as_bytes(text)).bytes);
}

core::Result<Digest> sha256_file(const std::filesystem::path& path) {
  const std::string name = "'" + path.string() + "'";
  const core::UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return core::from_errno(errno, "cannot open " + name);
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) return core::from_errno(errno, "cannot read " + name);
  if (!S_ISREG(info.st_mode)) return core::invalid(name + " is not a regular file");
  Sha256 hasher;
  std::vector<std::uint8_t> buffer(1 << 16);
  for (;;) {
    const ssize_t got = read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return core::from_errno(errno, "cannot read " + name);
    if (got == 0) return hasher.finish();
    hasher.update(core::ByteView(buffer.data(), static_cast<std::size_t>(got)));
  }
}

}  // namespace noonmark::hash
