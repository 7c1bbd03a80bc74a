#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/clock.h"
#include "base/core/result.h"
#include "contest/conduct/bodies.h"
#include "contest/rules/contest.h"

namespace noonmark::conduct {

/// Somebody who takes part, and where the package lies on this machine.
struct Contestant {
  record::EntryFacts facts;
  std::filesystem::path package;
};

/// An entry that is going to be measured, and the seed for it.
struct Scheduled {
  Contestant entry;
  std::uint64_t seed = 0;
};

/// What a trial needs to know about the contest that it is part of.
struct Round {
  rules::Contest contest;
  Contestant baseline;
  std::vector<rules::Input> inputs;  ///< Request i of every record is inputs[i].
  std::vector<Scheduled> entries;    ///< All that are measured, in the order in which they come.
};

/// What Trial::judge found: the pictures, and how close they are.
struct Judgement {
  std::vector<Output> outputs;  ///< One per input, in order.
  record::FidelityReport report;
  std::optional<Reference> reference;  ///< What a tester compared with; absent: the reference that judge() was given.
};

/// Looks at packages, runs them, measures and judges them: on this machine, or on those of testers.
///
/// Owner:   the program; borrowed by the conductor.
/// Threads: one; no two calls at once.
/// Fails:   cancelled ends the conducting without a record; internal (this machine) and unavailable (the network) are
///          tried again; every other kind is held against the entry, with the kind's name as the code. The baseline's
///          failures end the conducting: a contest whose baseline doesn't run can't be held.
/// Before:  nothing is kept between calls but what the trial itself caches; after a restart the calls go on where the
///          records end.
class Trial {
 public:
  virtual ~Trial() = default;

  virtual record::Machine machine() = 0;

  /// What lies at `package`: entry::inspect. Doesn't fail; what is wrong stands in the sighting.
  virtual entry::Sighting inspect(const std::filesystem::path& package, const rules::Contest& contest) = 0;

  /// The baseline's pictures for all inputs, kept as blobs, and the comparators' floors.
  virtual core::Result<Reference> reference(const Round& round) = 0;

  /// Measures `entry` against the baseline with `round.contest.measurement` and `seed`.
  virtual core::Result<record::Measurement> measure(const Round& round, const Contestant& entry,
                                                    std::uint64_t seed) = 0;

  /// The entry's pictures for all inputs, kept as blobs, compared with the baseline's.
  virtual core::Result<Judgement> judge(const Round& round, const Contestant& entry, const Reference& reference) = 0;

  /// Who measured and judged `entry`; nothing when this machine did, or nobody could.
  virtual std::optional<Tester> tester(const Contestant& /*entry*/) { return std::nullopt; }
};

/// Bytes that nobody could know before the cut-off, and that everybody can look up afterwards.
///
/// Owner: the program. Threads: one. Fails: unavailable when they aren't known yet.
class Beacon {
 public:
  struct Value {
    core::Bytes bytes;   ///< 1 to 1024.
    std::string source;  ///< In words: "block 1234 of …", "this validator's own random bytes".
  };
  virtual ~Beacon() = default;
  virtual core::Result<Value> draw(core::UnixNanos cut_off) = 0;
};

/// 32 bytes from the operating system. For a validator that stands alone: others have to take its word.
class LocalBeacon final : public Beacon {
 public:
  core::Result<Value> draw(core::UnixNanos cut_off) override;
};

/// The value that it is made with: a ledger's block hash, or bytes for repeating a contest on the same inputs.
class FixedBeacon final : public Beacon {
 public:
  explicit FixedBeacon(core::Bytes bytes, std::string source = "fixed by whoever started the contest")
      : value_{std::move(bytes), std::move(source)} {}
  core::Result<Value> draw(core::UnixNanos) override { return value_; }

 private:
  const Value value_;
};

}  // namespace noonmark::conduct
