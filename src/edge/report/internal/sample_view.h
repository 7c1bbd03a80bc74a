#pragma once

#include "edge/report/contest_view.h"

namespace noonmark::report {

/// A finished contest as a person might see it, for tests and for looking at the page: real pictures of an early emoji
/// model (tests/golden/fidelity), invented measurements. Not part of the library.
ContestView sample_view();

}  // namespace noonmark::report
