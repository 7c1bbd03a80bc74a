#include "crypto/sign/key_file.h"

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec/text.h"
#include "base/core/files.h"

namespace noonmark::sign {
namespace {

constexpr std::string_view kFirstLine = "noonmark key 1";
constexpr std::size_t kMaxFileSize = 1024;

/// Text that holds a secret; overwritten when it goes out of scope.
struct SecretText {
  std::string text;
  ~SecretText() { wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }
};

core::Error system_error(std::string_view doing, const std::filesystem::path& path) {
  const int code = errno;  // before anything allocates
  return core::from_errno(code, std::string(doing) + " " + path.string());
}

/// The value of the line `name value`, which must come next in `rest`.
std::optional<std::string_view> take_line(std::string_view& rest, std::string_view name) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  if (!line.starts_with(name)) return std::nullopt;
  line.remove_prefix(name.size());
  if (name == kFirstLine) return line;
  if (!line.starts_with(' ')) return std::nullopt;
  return line.substr(1);
}

core::Result<void> write_all(int descriptor, std::string_view text, const std::filesystem::path& path) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return system_error("writing the key file", path);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

core::Result<void> check_private(int descriptor, const std::filesystem::path& path) {
  struct stat facts {};
  if (::fstat(descriptor, &facts) != 0) return system_error("looking at the key file", path);
  const std::string name = path.string();
  if (!S_ISREG(facts.st_mode)) return core::denied("the key file " + name + " isn't a regular file");
  if (facts.st_uid != ::geteuid()) {
    return core::denied("the key file " + name + " belongs to another user; mend it with: chown \"$(id -un)\" '" +
                        name + "'");
  }
  if ((facts.st_mode & 077) != 0) {
    return core::denied("the key file " + name + " is open to other users; mend it with: chmod 600 '" + name + "'");
  }
  return {};
}

/// Creates the file under a name of its own, complete and on disk.
core::Result<void> write_new_file(const std::filesystem::path& path, std::string_view text) {
  ::unlink(path.c_str());  // left by a killed process
  const core::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0) return system_error("creating", path);
  TRY(write_all(file.get(), text, path));
  if (::fsync(file.get()) != 0) return system_error("writing", path);
  return {};
}

}  // namespace

std::string encode_key(const SecretKey& key) {
  const Seed seed = key.seed();
  SecretText secret{codec::hex(seed.bytes())};
  std::string text;
  text.reserve(256);  // one allocation, so that no copy of the secret is left behind by growing
  text.append(kFirstLine).append("\nscheme ed25519\npublic ").append(key.public_key().hex());
  text.append("\nsecret ").append(secret.text).append("\n");
  return text;
}

core::Result<SecretKey> decode_key(std::string_view text) {
  std::string_view rest = text;
  const auto first = take_line(rest, kFirstLine);
  if (!first || !first->empty()) {
    return core::corrupt("this isn't a key file: its first line must be '" + std::string(kFirstLine) + "'");
  }
  const auto scheme = take_line(rest, "scheme");
  if (scheme != "ed25519") return core::corrupt("the key file's second line must be 'scheme ed25519'");
  const auto public_text = take_line(rest, "public");
  const auto secret_text = take_line(rest, "secret");
  if (!public_text || !secret_text || !rest.empty()) {
    return core::corrupt("a key file has four lines: noonmark key 1, scheme, public and secret");
  }
  const PublicKey expected = TRY(PublicKey::parse(*public_text));
  // The secret has the shape of a public key; the parser's message never repeats the text.
  PublicKey secret = TRY(PublicKey::parse(*secret_text));
  const Seed seed = Seed::from_bytes(secret.bytes);
  wipe(secret.bytes);
  SecretKey key(seed);
  if (key.public_key() != expected) {
    return core::corrupt("the key file's public key doesn't belong to its secret; restore the file from a backup");
  }
  return key;
}

core::Result<void> save_key_file(const std::filesystem::path& path, const SecretKey& key) {
  const SecretText text{encode_key(key)};
  std::filesystem::path partial = path;
  partial += ".partial." + std::to_string(::getpid());
  TRY(write_new_file(partial, text.text));
  // link() refuses to replace, so an existing key can't be lost even when two processes come at once.
  const int linked = ::link(partial.c_str(), path.c_str());
  const int reason = errno;
  ::unlink(partial.c_str());
  errno = reason;
  if (linked != 0) return system_error("creating the key file", path);
  const std::filesystem::path folder = path.parent_path();
  return core::sync_directory(folder.empty() ? std::filesystem::path(".") : folder);
}

core::Result<SecretKey> load_key_file(const std::filesystem::path& path) {
  const core::UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) {
    if (errno == ELOOP) return core::denied("the key file " + path.string() + " is a link; name the file itself");
    return system_error("opening the key file", path);
  }
  TRY(check_private(file.get(), path));
  SecretText text{std::string(kMaxFileSize + 1, '\0')};
  std::size_t size = 0;
  while (size < text.text.size()) {
    const ssize_t count = ::read(file.get(), text.text.data() + size, text.text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("reading the key file", path);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > kMaxFileSize) return core::corrupt(path.string() + " is too long to be a key file");
  return decode_key(std::string_view(text.text).substr(0, size)).context("reading " + path.string());
}

core::Result<SecretKey> load_or_create_key_file(const std::filesystem::path& path) {
  auto loaded = load_key_file(path);
  if (loaded.ok() || loaded.error().kind != core::ErrorKind::not_found) return loaded;
  SecretKey key(Seed::generate());
  const auto saved = save_key_file(path, key);
  if (saved.ok()) return key;
  // Another process made the key in between: that one counts.
  if (saved.error().kind == core::ErrorKind::conflict) return load_key_file(path);
  return saved.error();
}

}  // namespace noonmark::sign
