#pragma once

#include <string>

#include "contest/verdict/policy.h"
#include "contest/verdict/score.h"
#include "trial/record/failure.h"
#include "trial/record/metric.h"

namespace noonmark::verdict::internal {

// Sentences for people. Pure; equal facts give equal words on every machine, because they stand in records.

std::string of_failure(const record::Failure& failure);
std::string of_fidelity(const Faithfulness& fidelity, const Policy& policy);
std::string of_speed(const record::Metrics& metrics);
/// `slow`: the generation time alone was reason enough.
std::string of_slowness(const record::Metrics& metrics, bool slow);
/// The failure of an entry about which something was never measured.
record::Failure not_measured(bool has_fidelity);

}  // namespace noonmark::verdict::internal
