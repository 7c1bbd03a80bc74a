#include "contest/submission/foreign.h"

#include <gtest/gtest.h>

#include "base/codec/text.h"
#include "base/core/random.h"
#include "contest/submission/commitment.h"

namespace noonmark::submission {
namespace {

Foreign read(std::string_view hex) { return read_foreign(codec::parse_hex(hex).value()); }

// Layouts from womboai/edge-maxxing, by the commits that foreign.h names; values made up here.
const std::string kText = "03612f62";                    // "a/b"
const std::string kTime = "40200000";                    // 2.5
const std::string kProvider = "0a6769746875622e636f6d";  // "github.com"

TEST(Foreign, CF05EveryPublishedSpecIsRead) {
  EXPECT_EQ(read(kText + kTime + "00000000" + "00000001"), (Foreign{0, {{"a/b", "", 1, 2.5F}}}));
  EXPECT_EQ(read(kText + kTime + "00000000" + "00000001" + "000007e8" + "00000007" + "00000011"),
            (Foreign{0, {{"a/b", "", 1, 2.5F}}}));
  EXPECT_EQ(read(kText + kTime + "00000001" + "00000000"), (Foreign{1, {{"a/b", "", 0, 2.5F}}}));
  EXPECT_EQ(read("0002" + kText + kTime + "0001"), (Foreign{2, {{"a/b", "", 1, 2.5F}}}));
  EXPECT_EQ(read("0004" + kText + "0476312e30" + "0001"), (Foreign{4, {{"a/b", "v1.0", 1, {}}}}));
  for (int spec = 5; spec <= 8; ++spec) {
    const std::string head = "000" + std::to_string(spec);
    const std::string entry = kProvider + kText + "01020304050607" + "0001";
    const ForeignEntry expected{"github.com/a/b", "01020304050607", 1, {}};
    EXPECT_EQ(read(head + entry), (Foreign{spec, {expected}}));
    EXPECT_EQ(read(head + entry + entry), (Foreign{spec, {expected, expected}}));
  }
}

TEST(Foreign, CF05UnknownSpecsAndBrokenRecordsAreUnknown) {
  const std::string entry = kProvider + kText + "01020304050607" + "0001";
  for (const std::string& bad :
       {std::string(), std::string("00"), "0009" + entry, "0003" + kText, std::string("0008"), "0008" + entry + "00",
        "0008" + entry.substr(2), "0002" + kText, kText + kTime + "00000002" + "00000001", std::string("ff00")}) {
    EXPECT_EQ(read(bad), Foreign{}) << bad;
  }
}

TEST(Foreign, CF05NoBytesStopADay) {
  core::Philox random(5);
  for (int i = 0; i < 50'000; ++i) {
    core::Bytes bytes(random.below(140));
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(i % 2 == 0 ? 256 : 12));
    if (bytes.size() > 2 && i % 3 == 0) bytes[0] = 0;
    const Record record = decode(bytes);
    if (const auto* foreign = std::get_if<Foreign>(&record)) {
      EXPECT_EQ(foreign->spec.has_value(), !foreign->entries.empty());
    }
  }
}

}  // namespace
}  // namespace noonmark::submission
