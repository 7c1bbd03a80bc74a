#include "model/package/internal/tar.h"

#include <array>
#include <optional>
#include <sys/stat.h>
#include <utility>

#include <archive.h>
#include <archive_entry.h>

namespace noonmark::package::internal {
namespace {

constexpr std::size_t kBlock = 1 << 16;

using Reader = std::unique_ptr<::archive, int (*)(::archive*)>;

std::string reason(::archive* archive) {
  const char* text = ::archive_error_string(archive);
  return text == nullptr ? "unknown reason" : std::string(text).substr(0, 200);
}

core::Error broken(::archive* archive) {
  return core::corrupt("it isn't a whole package archive (" + reason(archive) + "); fetch it again");
}

core::Result<Reader> new_reader() {
  Reader reader(::archive_read_new(), &::archive_read_free);
  if (!reader) return core::exhausted("no memory for reading an archive");
  // This filter and format only: every further decoder would be more to attack.
  if (::archive_read_support_filter_zstd(reader.get()) != ARCHIVE_OK ||
      ::archive_read_support_format_tar(reader.get()) != ARCHIVE_OK) {
    return core::internal("libarchive can't read tar and Zstandard: " + reason(reader.get()));
  }
  return reader;
}

}  // namespace

struct TarReader::State {
  Reader reader;
  std::array<std::uint8_t, kBlock> block{};
};

TarReader::TarReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
TarReader::TarReader(TarReader&&) noexcept = default;
TarReader::~TarReader() = default;

core::Result<TarReader> TarReader::open_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return core::from_errno(errno, "cannot open '" + path + "'");
  if (!S_ISREG(status.st_mode)) return core::invalid("'" + path + "' isn't a file");
  Reader reader = TRY(new_reader());
  if (::archive_read_open_filename(reader.get(), path.c_str(), kBlock) != ARCHIVE_OK) return broken(reader.get());
  return TarReader(std::make_unique<State>(State{std::move(reader), {}}));
}

core::Result<TarReader> TarReader::open_bytes(core::ByteView bytes) {
  Reader reader = TRY(new_reader());
  if (::archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return broken(reader.get());
  return TarReader(std::make_unique<State>(State{std::move(reader), {}}));
}

core::Result<bool> TarReader::next(TarEntry& entry) {
  ::archive_entry* found = nullptr;
  const int status = ::archive_read_next_header(state_->reader.get(), &found);
  if (status == ARCHIVE_EOF) return false;
  if (status != ARCHIVE_OK) return broken(state_->reader.get());
  const char* path = ::archive_entry_pathname(found);
  if (path == nullptr) return core::corrupt("the archive has an entry without a name");
  entry.path = path;
  const bool link = ::archive_entry_hardlink(found) != nullptr || ::archive_entry_symlink(found) != nullptr;
  if (::archive_entry_filetype(found) != AE_IFREG || link || ::archive_entry_sparse_count(found) > 0 ||
      ::archive_entry_size_is_set(found) == 0 || ::archive_entry_size(found) < 0) {
    std::string shown;
    for (const char c : entry.path.substr(0, 120)) shown += (c >= 0x20 && c != 0x7f) ? c : '?';
    return core::invalid("the archive's entry '" + shown +
                         "' isn't a plain file; make archives with 'noonmark package pack'");
  }
  entry.size = static_cast<std::uint64_t>(::archive_entry_size(found));
  return true;
}

core::Result<core::ByteView> TarReader::read() {
  const la_ssize_t got = ::archive_read_data(state_->reader.get(), state_->block.data(), state_->block.size());
  if (got < 0) return broken(state_->reader.get());
  return core::ByteView(state_->block.data(), static_cast<std::size_t>(got));
}

std::uint64_t TarReader::packed_bytes() const {
  const la_int64_t bytes = ::archive_filter_bytes(state_->reader.get(), -1);
  return bytes < 0 ? 0 : static_cast<std::uint64_t>(bytes);
}

struct TarWriter::State {
  Sink sink;
  std::optional<core::Error> failure;  // what the sink said
  std::unique_ptr<::archive, int (*)(::archive*)> writer{nullptr, &::archive_write_free};

  static la_ssize_t take(::archive*, void* client, const void* bytes, std::size_t size) {
    auto* state = static_cast<State*>(client);
    const auto taken = state->sink({static_cast<const std::uint8_t*>(bytes), size});
    if (taken.ok()) return static_cast<la_ssize_t>(size);
    state->failure = taken.error();
    return -1;
  }

  core::Result<void> check(la_ssize_t status) {
    if (failure) return *failure;
    if (status >= 0) return {};
    return core::internal("libarchive: " + reason(writer.get()));
  }
};

TarWriter::TarWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
TarWriter::TarWriter(TarWriter&&) noexcept = default;
TarWriter::~TarWriter() = default;

core::Result<TarWriter> TarWriter::open(Sink sink, int level) {
  auto state = std::make_unique<State>();
  state->sink = std::move(sink);
  state->writer.reset(::archive_write_new());
  ::archive* writer = state->writer.get();
  if (writer == nullptr) return core::exhausted("no memory for writing an archive");
  TRY(state->check(::archive_write_set_format_pax_restricted(writer)));
  TRY(state->check(::archive_write_add_filter_zstd(writer)));
  TRY(state->check(
      ::archive_write_set_filter_option(writer, "zstd", "compression-level", std::to_string(level).c_str())));
  TRY(state->check(::archive_write_set_bytes_in_last_block(writer, 1)));
  TRY(state->check(::archive_write_open(writer, state.get(), nullptr, &State::take, nullptr)));
  return TarWriter(std::move(state));
}

core::Result<void> TarWriter::begin(const std::string& path, std::uint64_t size) {
  const std::unique_ptr<::archive_entry, void (*)(::archive_entry*)> entry(::archive_entry_new(),
                                                                           &::archive_entry_free);
  ::archive_entry_set_pathname(entry.get(), path.c_str());
  ::archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
  ::archive_entry_set_filetype(entry.get(), AE_IFREG);
  ::archive_entry_set_perm(entry.get(), 0644);
  ::archive_entry_set_mtime(entry.get(), 0, 0);
  return state_->check(::archive_write_header(state_->writer.get(), entry.get()));
}

core::Result<void> TarWriter::write(core::ByteView bytes) {
  while (!bytes.empty()) {
    const la_ssize_t put = ::archive_write_data(state_->writer.get(), bytes.data(), bytes.size());
    TRY(state_->check(put));
    if (put == 0) return core::internal("the archive's entry is longer than it said");
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

core::Result<void> TarWriter::finish() { return state_->check(::archive_write_close(state_->writer.get())); }

}  // namespace noonmark::package::internal
