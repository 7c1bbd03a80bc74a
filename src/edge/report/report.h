#pragma once

#include <string>

#include "edge/report/contest_view.h"

namespace noonmark::report {

/// The page of a finished contest: one HTML file that needs nothing else. No script, no request to anywhere (its own
/// Content-Security-Policy forbids both), pictures and plots inside, light and dark scheme, readable on a phone.
///
/// Pure: the same view gives the same bytes. Every text of the view is escaped, broken UTF-8 is replaced, and
/// directional overrides stay inside of their own words. At most 12 requests' pictures are shown, and the pictures of
/// at most 24 entries; more are counted in words. Total: missing parts are said to be missing. Threads: any.
std::string render(const ContestView& view);

}  // namespace noonmark::report
