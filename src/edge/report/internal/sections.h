#pragma once

#include "edge/report/contest_view.h"
#include "edge/report/internal/markup.h"

// The parts of the page, from top to bottom. Each is total: what the view lacks is left out or said to be missing.
namespace noonmark::report {

/// At most this many requests' and entries' pictures are put on the page.
inline constexpr std::size_t kMostRequests = 12;
inline constexpr std::size_t kMostPictured = 24;

Markup masthead(const ContestView& view);
/// The outcome in one sentence, with figures and pictures of the winner beside the baseline's.
Markup outcome(const ContestView& view);
/// The speed–fidelity plane, for wide and for narrow windows.
Markup plane(const ContestView& view);
/// The table of entries.
Markup standings(const ContestView& view);
/// For each request the baseline's picture beside each entry's.
Markup pictures(const ContestView& view);
/// For each entry: why, from what, and the raw samples.
Markup entry_details(const ContestView& view);
/// Machine, warnings, floors of the comparators, rules.
Markup conditions(const ContestView& view);
/// How to check all of this.
Markup verification(const ContestView& view);

/// One picture, or a hatched place where there is none. `alt` is text from outside.
Markup picture(const PngFiles& files, std::size_t request, const std::string& alt);

/// What the page calls the entry. Text from outside.
const std::string& title_of(const EntryView& entry);

/// The name that a link within the page goes to.
std::string anchor_of(std::size_t entry);

/// The page's style sheet.
Markup style_sheet();

}  // namespace noonmark::report
