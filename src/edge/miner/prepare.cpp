#include "edge/miner/prepare.h"

#include <system_error>

#include "base/core/files.h"
#include "contest/entry/inspect.h"
#include "contest/submission/pointer.h"
#include "model/package/archive.h"
#include "model/package/endorsement.h"

namespace noonmark::miner {
namespace {

core::Result<void> refuse(const std::optional<record::Failure>& failure) {
  if (!failure) return {};
  return core::invalid("validators would refuse this package (" + failure->code + "): " + failure->message);
}

core::Result<void> check_admission(const std::filesystem::path& package, const rules::Contest& contest,
                                   const std::optional<std::filesystem::path>& baseline) {
  const entry::Sighting seen = entry::inspect(package, contest);
  TRY(refuse(seen.failure));
  if (!baseline) return {};
  const entry::Sighting beside = entry::inspect(*baseline, contest);
  const entry::Admissions admissions = TRY(entry::decide(contest, beside, {seen}));
  return refuse(admissions.entries.at(0).refusal);
}

/// A reader of the store never sees half an archive.
core::Result<std::filesystem::path> store_package(const package::Package& opened, const std::filesystem::path& store) {
  TRY(core::make_directories(store));
  std::filesystem::path archive = store / (opened.digest().hex() + std::string(package::kArchiveEnding));
  const std::filesystem::path part = archive.string() + ".part";
  TRY(package::pack(opened, part));
  std::error_code failure;
  std::filesystem::rename(part, archive, failure);
  if (failure) return core::internal("cannot rename " + part.string() + ": " + failure.message());
  TRY(core::sync_directory(store));
  return archive;
}

}  // namespace

core::Result<void> endorse_package(const std::filesystem::path& package, const sign::Sr25519Pair& hotkey) {
  package::Manifest manifest = TRY(package::Package::open(package).context("package " + package.string())).manifest();
  if (package::check_endorsement(manifest, hotkey.account()).ok()) return {};
  package::endorse(manifest, hotkey);
  return package::write_manifest(package, manifest);
}

core::Result<Prepared> prepare(const std::filesystem::path& package, const rules::Contest& contest,
                               const std::optional<std::filesystem::path>& baseline, const sign::Sr25519Pair& hotkey,
                               const Place& place) {
  TRY(submission::pointer_bytes(place.pointer));
  TRY(check_admission(package, contest, baseline));
  if (!place.store.empty()) TRY(endorse_package(package, hotkey));
  const package::Package opened = TRY(package::Package::open(package));
  TRY(package::check_endorsement(opened.manifest(), hotkey.account()).context("what lies at " + place.pointer));
  Prepared prepared{opened.digest(), place.pointer, {}, opened.total_size()};
  if (!place.store.empty()) prepared.archive = TRY(store_package(opened, place.store));
  return prepared;
}

}  // namespace noonmark::miner
