#include "model/package/archive.h"

#include <filesystem>
#include <fstream>

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include "base/core/files.h"
#include "model/package/internal/tar.h"

namespace noonmark::package {
namespace {

namespace fs = std::filesystem;

Unpacked sample() {
  Unpacked package;
  const std::string text = "0123456789";
  package.files["model_index.json"] = {'{', '}'};
  package.files["unet/weights.bin"] = core::Bytes(text.begin(), text.end());
  Manifest& manifest = package.manifest;
  manifest.name = "test";
  manifest.version = "1";
  manifest.task = "text-to-image";
  for (const auto& [path, bytes] : package.files) manifest.files.push_back({path, bytes.size(), hash::sha256(bytes)});
  return package;
}

using Entries = std::vector<std::pair<std::string, std::string>>;

/// An archive of these entries, whatever they are.
core::Bytes archive_of(const Entries& entries) {
  core::Bytes bytes;
  const auto sink = [&](core::ByteView piece) -> core::Result<void> {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    return {};
  };
  auto writer = internal::TarWriter::open(sink, 3).value();
  for (const auto& [path, content] : entries) {
    EXPECT_TRUE(writer.begin(path, content.size()).ok());
    EXPECT_TRUE(writer.write(core::as_bytes(content)).ok());
  }
  EXPECT_TRUE(writer.finish().ok());
  return bytes;
}

void expect_refused(const core::Bytes& archive, core::ErrorKind kind, const std::string& word,
                    const ArchiveLimits& limits = {}) {
  const auto unpacked = unpack_bytes(archive, limits);
  ASSERT_FALSE(unpacked.ok()) << word;
  EXPECT_EQ(unpacked.error().kind, kind) << unpacked.error().message;
  EXPECT_NE(unpacked.error().message.find(word), std::string::npos) << unpacked.error().message;
}

TEST(Archive, UnpacksToWhatWasPacked) {
  const Unpacked package = sample();
  const auto archive = pack_bytes(package);
  ASSERT_TRUE(archive.ok()) << archive.error().message;
  const auto back = unpack_bytes(*archive);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->files, package.files);
  EXPECT_EQ(content_digest(back->manifest), content_digest(package.manifest));
}

TEST(Archive, IsTheSameEveryTime) { EXPECT_EQ(pack_bytes(sample()).value(), pack_bytes(sample()).value()); }

TEST(Archive, GoesFromDirectoryToDirectory) {
  const auto folder = core::TempDir::create("archive-test").value();
  const fs::path archive = folder.path() / "a.tar.zst";
  ASSERT_TRUE(core::write_file_atomic(archive, pack_bytes(sample()).value()).ok());
  const auto package = unpack(archive, folder.path() / "one");
  ASSERT_TRUE(package.ok()) << package.error().message;
  const fs::path again = folder.path() / "b.tar.zst";
  const auto size = pack(*package, again);
  ASSERT_TRUE(size.ok()) << size.error().message;
  EXPECT_EQ(*size, fs::file_size(again));
  EXPECT_EQ(core::read_file(again, 1 << 20).value(), core::read_file(archive, 1 << 20).value());
  EXPECT_FALSE(fs::exists(again.string() + ".part"));
}

TEST(Archive, RefusesATargetThatIsNotEmpty) {
  const auto folder = core::TempDir::create("archive-test").value();
  const fs::path archive = folder.path() / "a.tar.zst";
  ASSERT_TRUE(core::write_file_atomic(archive, pack_bytes(sample()).value()).ok());
  EXPECT_EQ(unpack(archive, folder.path()).error().kind, core::ErrorKind::conflict);
  EXPECT_TRUE(fs::exists(archive));
}

TEST(Archive, LeavesNothingBehindAfterAFailure) {
  const auto folder = core::TempDir::create("archive-test").value();
  const fs::path archive = folder.path() / "a.tar.zst";
  core::Bytes bytes = pack_bytes(sample()).value();
  bytes.resize(bytes.size() - 20);
  ASSERT_TRUE(core::write_file_atomic(archive, bytes).ok());
  EXPECT_FALSE(unpack(archive, folder.path() / "new").ok());
  EXPECT_FALSE(fs::exists(folder.path() / "new"));
  fs::create_directory(folder.path() / "empty");
  EXPECT_FALSE(unpack(archive, folder.path() / "empty").ok());
  EXPECT_TRUE(fs::is_empty(folder.path() / "empty"));
  EXPECT_EQ(unpack(folder.path() / "none", folder.path() / "new").error().kind, core::ErrorKind::not_found);
}

TEST(Archive, RefusesWhatIsNoArchive) {
  expect_refused({}, core::ErrorKind::corrupt, "archive");
  expect_refused({'h', 'e', 'l', 'l', 'o'}, core::ErrorKind::corrupt, "archive");
  core::Bytes cut = pack_bytes(sample()).value();
  for (std::size_t size = 1; size + 1 < cut.size(); size += 7) {
    EXPECT_FALSE(unpack_bytes(core::ByteView(cut).first(size)).ok()) << size;
  }
}

TEST(Archive, RefusesEntriesThatTheManifestDoesNotAllow) {
  const std::string manifest = manifest_text(sample().manifest);
  const auto refused = [&](const Entries& more, core::ErrorKind kind, const std::string& word) {
    Entries entries = {{"noonmark.json", manifest}, {"model_index.json", "{}"}};
    entries.insert(entries.end(), more.begin(), more.end());
    expect_refused(archive_of(entries), kind, word);
  };
  expect_refused(archive_of({{"a", "b"}}), core::ErrorKind::invalid, "doesn't begin");
  refused({}, core::ErrorKind::corrupt, "lacks 'unet/weights.bin'");
  refused({{"extra", ""}}, core::ErrorKind::invalid, "doesn't list");
  refused({{"../extra", ""}}, core::ErrorKind::invalid, "..");
  refused({{"/etc/x", ""}}, core::ErrorKind::invalid, "absolute");
  refused({{"model_index.json", "{}"}}, core::ErrorKind::invalid, "twice");
  refused({{"unet/weights.bin", "012345678"}}, core::ErrorKind::corrupt, "another size");
  refused({{"unet/weights.bin", "0123456780"}}, core::ErrorKind::corrupt, "another content");
}

TEST(Archive, RefusesLinks) {
  const std::string manifest = manifest_text(sample().manifest);
  for (const bool hard : {false, true}) {
    core::Bytes bytes(1 << 16);
    std::size_t used = 0;
    ::archive* writer = ::archive_write_new();
    ::archive_write_set_format_pax_restricted(writer);
    ::archive_write_add_filter_zstd(writer);
    ::archive_write_open_memory(writer, bytes.data(), bytes.size(), &used);
    ::archive_entry* entry = ::archive_entry_new();
    ::archive_entry_set_pathname(entry, "noonmark.json");
    ::archive_entry_set_size(entry, static_cast<la_int64_t>(manifest.size()));
    ::archive_entry_set_filetype(entry, AE_IFREG);
    ::archive_write_header(writer, entry);
    ::archive_write_data(writer, manifest.data(), manifest.size());
    ::archive_entry_clear(entry);
    ::archive_entry_set_pathname(entry, "model_index.json");
    if (hard) {
      ::archive_entry_set_filetype(entry, AE_IFREG);
      ::archive_entry_set_hardlink(entry, "/etc/passwd");
    } else {
      ::archive_entry_set_filetype(entry, AE_IFLNK);
      ::archive_entry_set_symlink(entry, "/etc/passwd");
    }
    ::archive_write_header(writer, entry);
    ::archive_entry_free(entry);
    ::archive_write_close(writer);
    ::archive_write_free(writer);
    bytes.resize(used);
    expect_refused(bytes, core::ErrorKind::invalid, "isn't a plain file");
  }
}

TEST(Archive, RefusesABomb) {
  Unpacked package = sample();
  core::Bytes zeros(8 << 20, 0);
  package.manifest.files[1].size = zeros.size();
  package.manifest.files[1].sha256 = hash::sha256(zeros);
  package.files["unet/weights.bin"] = std::move(zeros);
  const core::Bytes archive = pack_bytes(package).value();
  ASSERT_LT(archive.size(), 10'000u);
  EXPECT_TRUE(unpack_bytes(archive).ok());
  ArchiveLimits limits;
  limits.free_bytes = 1 << 20;
  expect_refused(archive, core::ErrorKind::invalid, "swells", limits);
  limits = {};
  limits.package.total_bytes = 1 << 20;
  expect_refused(archive, core::ErrorKind::invalid, "larger than allowed", limits);
}

}  // namespace
}  // namespace noonmark::package
