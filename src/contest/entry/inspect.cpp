#include "contest/entry/inspect.h"

#include <algorithm>

#include "base/codec/text.h"
#include "model/package/endorsement.h"
#include "model/package/package.h"

namespace noonmark::entry {
namespace {

using core::ErrorKind;
using record::Failure;

/// A folder's name as far as a record can carry it.
std::string printable_name(const std::filesystem::path& path) {
  const std::filesystem::path trimmed = path.has_filename() ? path : path.parent_path();
  std::string name = trimmed.filename().string();
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  std::replace_if(name.begin(), name.end(), is_control, '?');
  return codec::is_utf8(name) ? name : "entry";
}

std::string code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::corrupt:
      return "wrong_digest";
    case ErrorKind::denied:
      return "wrong_signature";
    case ErrorKind::exhausted:
      return "too_large";
    default:
      return "invalid_package";
  }
}

bool is_ours(ErrorKind kind) {
  return kind == ErrorKind::internal || kind == ErrorKind::unavailable || kind == ErrorKind::cancelled ||
         kind == ErrorKind::timeout;
}

Failure failure_of(const core::Error& error, std::string code) {
  if (is_ours(error.kind)) return {Failure::Owner::validator, "unreadable", error.message};
  return {Failure::Owner::entry, std::move(code), error.message};
}

PackageFacts facts_of(const package::Package& package) {
  const package::Manifest& manifest = package.manifest();
  PackageFacts facts;
  facts.content = package.digest();
  facts.substance = package.substance();
  facts.task = manifest.task;
  facts.bytes = static_cast<std::int64_t>(package.total_size());
  facts.threads = manifest.runtime.intra_op_threads;
  facts.execution_provider = manifest.runtime.execution_provider;
  facts.author = manifest.author ? manifest.author->hex() : "";
  return facts;
}

}  // namespace

Sighting inspect(const std::filesystem::path& path, const rules::Contest& contest,
                 const std::optional<sign::AccountId>& account) {
  Sighting sighting;
  sighting.name = printable_name(path);
  package::Limits limits;
  // Far larger packages are refused before they are read; the exact limit is admission's, which knows the sum.
  limits.total_bytes = std::min(limits.total_bytes, static_cast<std::uint64_t>(contest.limits.package_mib) << 21);
  const auto opened = package::Package::open(path, limits);
  if (!opened.ok()) {
    sighting.failure = failure_of(opened.error(), code_of(opened.error().kind));
    return sighting;
  }
  if (account) {
    const auto endorsed = package::check_endorsement(opened->manifest(), *account);
    if (!endorsed.ok()) {
      const char* code = opened->manifest().endorsement ? "wrong_endorsement" : "not_endorsed";
      sighting.failure = failure_of(endorsed.error(), code);
      return sighting;
    }
  }
  const auto graphs = opened->check_graphs();
  if (!graphs.ok()) {
    sighting.failure = failure_of(graphs.error(), "bad_graph");
    return sighting;
  }
  sighting.package = facts_of(*opened);
  return sighting;
}

}  // namespace noonmark::entry
