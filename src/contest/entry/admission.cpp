#include "contest/entry/admission.h"

#include <map>
#include <set>

#include "base/codec/fields.h"

namespace noonmark::entry {
namespace {

using codec::Fields;
using codec::Json;
using record::Failure;

constexpr std::size_t kMaxName = 180;  // leaves room for "-2" within an EntryFacts' 200 bytes
constexpr std::size_t kMaxEntries = 100'000;

Failure refused(std::string code, std::string message) {
  return {Failure::Owner::entry, std::move(code), std::move(message)};
}

/// Names as people will see them: cut to length, unique.
class Names {
 public:
  std::string make_unique(std::string name) {
    if (name.empty()) name = "entry";
    std::size_t length = std::min(name.size(), kMaxName);
    // Not in the middle of a character: continuation bytes of UTF-8 are 10xxxxxx.
    while (length < name.size() && length > 0 && (static_cast<unsigned char>(name[length]) & 0xc0) == 0x80) --length;
    name.resize(length);
    std::string candidate = name;
    for (int number = 2; !taken_.insert(candidate).second; ++number) candidate = name + "-" + std::to_string(number);
    return candidate;
  }

 private:
  std::set<std::string> taken_ = {"baseline"};
};

/// What is wrong with the package itself, whoever else takes part.
std::optional<Failure> problem_of(const rules::Contest& contest, const PackageFacts& baseline,
                                  const PackageFacts& package) {
  if (package.task != contest.task) {
    return refused("wrong_task", "the package's task is " + package.task + ", the contest's is " + contest.task);
  }
  if (package.bytes > contest.limits.package_mib << 20) {
    return refused("too_large", "the package has " + std::to_string(package.bytes) + " bytes; the contest permits " +
                                    std::to_string(contest.limits.package_mib) + " MiB");
  }
  if (package.threads > contest.device.threads) {
    return refused("too_many_threads", "the package asks for " + std::to_string(package.threads) +
                                           " threads; the contest's device grants " +
                                           std::to_string(contest.device.threads) + "; lower runtime.intra_op_threads");
  }
  if (package.execution_provider != baseline.execution_provider) {
    return refused("wrong_provider", "the package asks for the execution provider " + package.execution_provider +
                                         "; the contest's device has " + baseline.execution_provider);
  }
  return std::nullopt;
}

record::EntryFacts facts_of(std::string name, int order, const PackageFacts& package) {
  record::EntryFacts facts;
  facts.name = std::move(name);
  facts.content = package.content;
  facts.order = order;
  facts.package_bytes = package.bytes;
  facts.author = package.author;
  return facts;
}

/// Who may take part, in order of arrival.
class Door {
 public:
  Door(const rules::Contest& contest, const PackageFacts& baseline) : contest_(contest), baseline_(baseline) {
    first_with_.emplace(baseline.substance, "the baseline");
  }

  std::optional<Failure> refusal_of(const Sighting& candidate, int order) {
    if (order > contest_.limits.max_entries) {
      return Failure{Failure::Owner::validator, "too_many_entries",
                     "the contest takes " + std::to_string(contest_.limits.max_entries) +
                         " entries, and they were there earlier; submit to the next one"};
    }
    if (candidate.failure) return candidate.failure;
    const PackageFacts& package = *candidate.package;
    if (auto problem = problem_of(contest_, baseline_, package)) return problem;
    const auto found = first_with_.find(package.substance);
    if (found == first_with_.end()) return std::nullopt;
    return refused("copy", "the package runs the same as " + found->second + ", which was there first");
  }

  void admit(const std::string& name, const PackageFacts& package) {
    first_with_.emplace(package.substance, "the entry " + name);
  }

 private:
  const rules::Contest& contest_;
  const PackageFacts& baseline_;
  std::map<hash::Digest, std::string> first_with_;  // substance → whose
};

core::Result<void> check_baseline(const rules::Contest& contest, const Sighting& baseline) {
  if (baseline.failure) {
    return core::invalid("the contest's baseline can't be used: " + baseline.failure->message);
  }
  if (!baseline.package) return core::invalid("the contest's baseline was not looked at");
  if (contest.baseline_digest && *contest.baseline_digest != baseline.package->content) {
    return core::invalid("the baseline's content is sha256:" + baseline.package->content.hex() +
                         ", but the contest states sha256:" + contest.baseline_digest->hex() +
                         "; get the right package, or correct contest.baseline.digest");
  }
  if (auto problem = problem_of(contest, *baseline.package, *baseline.package)) {
    return core::invalid("the baseline doesn't keep its own contest's rules: " + problem->message);
  }
  return {};
}

Json to_json(const PackageFacts& package) {
  return Json::object({{"content", package.content.hex()},
                       {"substance", package.substance.hex()},
                       {"task", package.task},
                       {"bytes", package.bytes},
                       {"threads", package.threads},
                       {"execution_provider", package.execution_provider},
                       {"author", package.author}});
}

hash::Digest digest(Fields& fields, std::string_view key) {
  const auto parsed = hash::Digest::parse(fields.text(key, 64));
  if (parsed.ok()) return *parsed;
  fields.fail(key, "must be 64 hex digits");
  return {};
}

core::Result<PackageFacts> package_from_json(const Json& json) {
  Fields fields(json, "package");
  PackageFacts package;
  package.content = digest(fields, "content");
  package.substance = digest(fields, "substance");
  package.task = fields.text("task", 64);
  package.bytes = fields.integer("bytes", 0);
  package.threads = static_cast<int>(fields.integer("threads", 0, 1'000'000));
  package.execution_provider = fields.text("execution_provider", 64);
  package.author = fields.text("author", 64);
  TRY(fields.finish());
  return package;
}

core::Result<Admission> admission_from_json(const Json& json) {
  Fields fields(json, "admission");
  Admission admission;
  admission.name = fields.text("name", 200);
  admission.order = static_cast<int>(fields.integer("order", 1, kMaxEntries));
  const Json* facts = fields.optional_child("facts");
  const Json* refusal = fields.optional_child("refusal");
  TRY(fields.finish());
  if (facts != nullptr) admission.facts = TRY(record::entry_facts_from_json(*facts));
  if (refusal != nullptr) admission.refusal = TRY(record::failure_from_json(*refusal));
  if (admission.facts.has_value() == admission.refusal.has_value()) {
    return core::invalid("admission of " + admission.name + ": must have either facts or a refusal");
  }
  return admission;
}

}  // namespace

core::Result<Admissions> decide(const rules::Contest& contest, const Sighting& baseline,
                                const std::vector<Sighting>& candidates) {
  TRY(check_baseline(contest, baseline));
  Admissions admissions;
  admissions.baseline = facts_of("baseline", 0, *baseline.package);
  Door door(contest, *baseline.package);
  Names names;
  for (const Sighting& candidate : candidates) {
    CHECK(candidate.package.has_value() != candidate.failure.has_value(), "a sighting has facts or a failure");
    Admission& admission = admissions.entries.emplace_back();
    admission.name = names.make_unique(candidate.name);
    admission.order = static_cast<int>(admissions.entries.size());
    admission.refusal = door.refusal_of(candidate, admission.order);
    if (admission.refusal) continue;
    admission.facts = facts_of(admission.name, admission.order, *candidate.package);
    door.admit(admission.name, *candidate.package);
  }
  return admissions;
}

Json to_json(const Sighting& sighting) {
  Json json = Json::object({{"name", sighting.name}});
  if (sighting.package) json["package"] = to_json(*sighting.package);
  if (sighting.failure) json["failure"] = record::to_json(*sighting.failure);
  return json;
}

core::Result<Sighting> sighting_from_json(const Json& json) {
  Fields fields(json, "sighting");
  Sighting sighting;
  sighting.name = fields.text("name", 4096);
  const Json* package = fields.optional_child("package");
  const Json* failure = fields.optional_child("failure");
  TRY(fields.finish());
  if (package != nullptr) sighting.package = TRY(package_from_json(*package));
  if (failure != nullptr) sighting.failure = TRY(record::failure_from_json(*failure));
  if (sighting.package.has_value() == sighting.failure.has_value()) {
    return core::invalid("sighting of " + sighting.name + ": must have either a package or a failure");
  }
  return sighting;
}

Json to_json(const Admissions& admissions) {
  Json entries = Json::array();
  for (const Admission& admission : admissions.entries) {
    Json json = Json::object({{"name", admission.name}, {"order", admission.order}});
    if (admission.facts) json["facts"] = record::to_json(*admission.facts);
    if (admission.refusal) json["refusal"] = record::to_json(*admission.refusal);
    entries.push_back(std::move(json));
  }
  return Json::object({{"baseline", record::to_json(admissions.baseline)}, {"entries", std::move(entries)}});
}

core::Result<Admissions> admissions_from_json(const Json& json) {
  Fields fields(json, "admissions");
  Admissions admissions;
  const Json& baseline = fields.child("baseline");
  const Json::Array& entries = fields.array("entries", kMaxEntries);
  TRY(fields.finish());
  admissions.baseline = TRY(record::entry_facts_from_json(baseline));
  for (const Json& entry : entries) admissions.entries.push_back(TRY(admission_from_json(entry)));
  return admissions;
}

}  // namespace noonmark::entry
