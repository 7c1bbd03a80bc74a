#include "serving/link/message.h"

#include <gtest/gtest.h>

namespace noonmark::link {
namespace {

const job::JobId kId{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

/// One of each kind.
std::vector<Message> samples() {
  return {Offers{{{"quick", "text-to-image", 2}, {"other", "chat", 1024}}},
          Offers{},
          Start{{kId, "quick", "/v1/images/generations", "{\"prompt\":\"a\\u0000b\"}", std::chrono::seconds(30)}},
          Head{kId, 200, "application/json"},
          Piece{kId, std::string("\0\xff", 2)},
          End{kId, {}},
          End{kId, job::Failure{job::Failure::Kind::cancelled, "gone"}},
          Cancel{kId},
          Credit{kId, 65536},
          Welcome{},
          Welcome{"not you"},
          Offers{{{"quick", "chat", 1, std::string(64, 'a')}}},
          End{kId, {}, "{\"signed\":true}"},
          Whole{kId, 200, "application/json", "{}", "signed"},
          Wishes{},
          Wishes{{{"quick", "chat", std::string(64, '0'), 123}}}};
}

TEST(LinkMessage, EveryKindComesBackAsItWas) {
  for (const Message& message : samples()) {
    const std::string bytes = encode(message);
    const auto read = decode(bytes, {});
    ASSERT_TRUE(read.ok()) << message.index() << ": " << read.error().message;
    EXPECT_EQ(read->index(), message.index());
    EXPECT_EQ(encode(*read), bytes);
  }
  const auto start = std::get<Start>(*decode(encode(samples()[2]), {}));
  EXPECT_EQ(start.job.body, "{\"prompt\":\"a\\u0000b\"}");
  EXPECT_EQ(start.job.time_left, std::chrono::seconds(30));
}

TEST(LinkMessage, NothingShorterOrLongerIsAMessage) {
  for (const Message& message : samples()) {
    const std::string bytes = encode(message);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode(bytes.substr(0, size), {}).ok()) << message.index() << " cut to " << size;
    }
    EXPECT_EQ(decode(bytes + "x", {}).error().kind, core::ErrorKind::corrupt);
  }
  EXPECT_EQ(decode("\x63", {}).error().kind, core::ErrorKind::corrupt);
}

TEST(LinkMessage, LimitsHold) {
  job::Limits limits;
  limits.body_bytes = 10;
  limits.offers = 1;
  EXPECT_EQ(decode(encode(Start{{kId, "m", "/", std::string(11, 'x'), {}}}), limits).error().kind,
            core::ErrorKind::exhausted);
  EXPECT_EQ(decode(encode(samples()[0]), limits).error().kind, core::ErrorKind::exhausted);
  EXPECT_FALSE(decode(encode(Piece{kId, std::string(kMaxPiece + 1, 'x')}), {}).ok());
}

TEST(LinkMessage, NamesSlotsAndHeadsAreChecked) {
  for (const job::Offer& bad : {job::Offer{"", "chat", 1}, job::Offer{"a b", "chat", 1}, job::Offer{"m", "chat\n", 1},
                                job::Offer{"m", "chat", 0}, job::Offer{"m", "chat", 1025},
                                job::Offer{"m", "chat", 1, "abc"}, job::Offer{"m", "chat", 1, std::string(64, 'G')}}) {
    EXPECT_EQ(decode(encode(Offers{{bad}}), {}).error().kind, core::ErrorKind::corrupt) << bad.model;
  }
  EXPECT_FALSE(decode(encode(Head{kId, 99, "text/plain"}), {}).ok());
  EXPECT_FALSE(decode(encode(Head{kId, 200, "text/plain\r\nX: y"}), {}).ok());
  EXPECT_FALSE(decode(encode(Whole{kId, 99, "text/plain", "", ""}), {}).ok());
}

}  // namespace
}  // namespace noonmark::link
