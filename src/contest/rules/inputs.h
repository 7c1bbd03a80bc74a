#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/codec/json.h"
#include "base/core/bytes.h"
#include "base/core/result.h"
#include "contest/rules/contest.h"
#include "crypto/hash/hash.h"

namespace noonmark::rules {

/// One request of a contest. Its place in the list is the request's number in every record.
struct Input {
  std::string prompt;
  std::uint64_t seed = 0;  ///< Below 2^32.
  bool operator==(const Input&) const = default;
};

/// The requests that the beacon decides: `inputs.count` different prompts that aren't examples, and a seed for each.
/// Philox seeded by sha256(beacon || contest): bytes 0–7 are the seed, 8–15 the stream, little-endian; then, per
/// request, below(all prompts) until it gives a new one, and uint32() for the seed. `contest` is the contest's digest.
/// A pure function: whoever knows the beacon draws the same inputs.
/// Requires: count_prompts(inputs) is at least inputs.count (so it is after parse_contest).
std::vector<Input> draw_inputs(const Inputs& inputs, const hash::Digest& contest, core::ByteView beacon);

/// How many different prompts the definition can make, examples not counted; at most 2^40.
/// Fails: invalid when the template is malformed, a list is missing or unused, or a prompt is too long.
core::Result<std::uint64_t> count_prompts(const Inputs& inputs);

codec::Json to_json(const std::vector<Input>& inputs);
core::Result<std::vector<Input>> inputs_from_json(const codec::Json& json);

}  // namespace noonmark::rules
