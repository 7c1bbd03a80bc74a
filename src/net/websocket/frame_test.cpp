#include "net/websocket/frame.h"

#include <gtest/gtest.h>

#include "base/core/random.h"

namespace noonmark::websocket {
namespace {

struct Read {
  std::vector<Incoming> all;
  std::optional<Fault> fault;
};

Read read(Role self, std::string_view bytes, std::size_t piece = SIZE_MAX, Limits limits = {}) {
  Reader reader(self, limits);
  Read result;
  std::string_view pending = bytes.substr(0, std::min(piece, bytes.size()));
  std::size_t given = pending.size();
  while (true) {
    pending.remove_prefix(reader.feed(pending));
    if (reader.done()) {
      result.all.push_back(reader.take());
    } else if (reader.fault()) {
      break;
    } else if (given < bytes.size()) {
      const std::string_view more = bytes.substr(given - pending.size(), pending.size() + piece);
      given += more.size() - pending.size();
      pending = more;
    } else {
      EXPECT_TRUE(pending.empty());
      break;
    }
  }
  result.fault = reader.fault();
  return result;
}

std::uint16_t fault_of(Role self, std::string_view bytes, Limits limits = {}) {
  const Read result = read(self, bytes, SIZE_MAX, limits);
  return result.fault ? result.fault->code : 0;
}

std::string bytes(std::initializer_list<int> list) {
  std::string out;
  for (const int byte : list) out += static_cast<char>(byte);
  return out;
}

TEST(Frames, ReadTheExamplesOfTheStandard) {
  // RFC 6455 §5.7.
  const Incoming hello = Message{Kind::text, "Hello"};
  EXPECT_EQ(read(Role::client, bytes({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f})).all, std::vector{hello});
  EXPECT_EQ(read(Role::server, bytes({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58})).all,
            std::vector{hello});
  EXPECT_EQ(read(Role::client, bytes({0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f})).all, std::vector{hello});
  EXPECT_EQ(read(Role::client, bytes({0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f})).all,
            (std::vector<Incoming>{Ping{"Hello"}}));
  EXPECT_EQ(read(Role::server, bytes({0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58})).all,
            (std::vector<Incoming>{Pong{"Hello"}}));
  EXPECT_EQ(write_frame(hello), bytes({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}));
  EXPECT_EQ(write_frame(hello, Mask{0x37, 0xfa, 0x21, 0x3d}),
            bytes({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
  EXPECT_EQ(write_frame(Message{Kind::binary, std::string(256, 'x')}).substr(0, 4), bytes({0x82, 0x7e, 0x01, 0x00}));
  EXPECT_EQ(write_frame(Message{Kind::binary, std::string(65536, 'x')}).substr(0, 10),
            bytes({0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST(Frames, AnythingWrittenReadsBackHoweverItIsCut) {
  core::Philox random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<Incoming> sent;
    const Role self = random.below(2) == 0 ? Role::server : Role::client;
    std::string wire;
    for (std::uint64_t i = 0, n = 1 + random.below(5); i < n; ++i) {
      const std::size_t sizes[] = {0, 1, 125, 126, 127, 65535, 65536, static_cast<std::size_t>(random.below(70000))};
      const std::string data(sizes[random.below(8)], static_cast<char>('a' + random.below(26)));
      const std::string small = data.substr(0, 100);
      const Incoming choices[] = {Message{Kind::text, data}, Message{Kind::binary, data}, Ping{small}, Pong{small},
                                  Close{1000, small}};
      sent.push_back(choices[random.below(5)]);
      std::optional<Mask> mask;
      if (self == Role::server) {
        mask = Mask{static_cast<std::uint8_t>(random.below(256)), static_cast<std::uint8_t>(random.below(256)), 0, 7};
      }
      wire += write_frame(sent.back(), mask);
    }
    const Read whole = read(self, wire), pieces = read(self, wire, 1 + random.below(3000));
    ASSERT_EQ(whole.all, sent);
    ASSERT_EQ(pieces.all, sent);
    ASSERT_FALSE(whole.fault || pieces.fault);
  }
}

TEST(Frames, ControlFramesComeBetweenFragments) {
  const Read result =
      read(Role::client, bytes({0x01, 0x01, 'a', 0x89, 0x01, 'p', 0x00, 0x00, 0x80, 0x01, 'b', 0x88, 0x00}), 1);
  EXPECT_EQ(result.all, (std::vector<Incoming>{Ping{"p"}, Message{Kind::text, "ab"}, Close{1005, ""}}));
}

TEST(Frames, RefusesBreachesOfTheProtocol) {
  for (const std::string& wire : {
           bytes({0xc1, 0x00}),  // an extension's bit
           bytes({0x83, 0x00}),
           bytes({0x8b, 0x00}),              // unknown kinds
           bytes({0x81, 0x80}),              // a masked server
           bytes({0x09, 0x00}),              // a ping in pieces
           bytes({0x89, 0x7e, 0x00, 0x7e}),  // a long ping
           bytes({0x80, 0x00}),              // nothing to go on with
           bytes({0x01, 0x00, 0x81, 0x00}),  // one message in another
           bytes({0x82, 0x7e, 0x00, 0x7d}),  // lengths in a longer form than needed
           bytes({0x82, 0x7f, 0, 0, 0, 0, 0, 0, 0xff, 0xff}),
           bytes({0x82, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 0}),
           bytes({0x88, 0x01, 0x03}),        // half a code
           bytes({0x88, 0x02, 0x03, 0xed}),  // 1005 may not travel
           bytes({0x88, 0x02, 0x00, 0x00}),
           bytes({0x88, 0x02, 0x13, 0x88}),
       }) {
    EXPECT_EQ(fault_of(Role::client, wire), 1002) << testing::PrintToString(wire);
  }
  EXPECT_EQ(fault_of(Role::server, bytes({0x81, 0x00})), 1002) << "a client that does not mask";
}

TEST(Frames, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(fault_of(Role::client, bytes({0x81, 0x02, 0xc3, 0x28})), 1007);
  EXPECT_EQ(fault_of(Role::client, bytes({0x88, 0x03, 0x03, 0xe8, 0xff})), 1007);
  EXPECT_EQ(read(Role::client, bytes({0x01, 0x01, 0xc3, 0x80, 0x01, 0xa4})).all,
            (std::vector<Incoming>{Message{Kind::text, "\xc3\xa4"}}));
}

TEST(Frames, RefusesTooMuchBeforeItArrives) {
  const Limits limits{100, 3};
  EXPECT_EQ(fault_of(Role::client, bytes({0x82, 0x65}), limits), 1009);
  EXPECT_EQ(fault_of(Role::client, bytes({0x82, 0x7f, 0x7f, -1, -1, -1, -1, -1, -1, -1}), limits), 1009);
  EXPECT_EQ(fault_of(Role::client, write_frame(Message{Kind::binary, std::string(100, 'x')}), limits), 0);
  EXPECT_EQ(fault_of(Role::client, bytes({0x02, 0x60}) + std::string(96, 'x') + bytes({0x80, 0x05}), limits), 1009);
  EXPECT_EQ(fault_of(Role::client, bytes({0x02, 0, 0x00, 0, 0x00, 0, 0x80, 0}), limits), 1009) << "four fragments";
}

TEST(Frames, CutsWhatAControlFrameCannotHold) {
  std::string reason(124, 'x');
  reason.replace(122, 2, "\xc3\xa4");
  const Read result = read(Role::client, write_frame(Close{1000, reason}));
  EXPECT_EQ(result.all, (std::vector<Incoming>{Close{1000, std::string(122, 'x')}}));
  EXPECT_EQ(read(Role::client, write_frame(Ping{std::string(200, 'p')})).all,
            (std::vector<Incoming>{Ping{std::string(125, 'p')}}));
}

TEST(Frames, SurvivesAnyBytes) {
  core::Philox random(2);
  for (int round = 0; round < 5000; ++round) {
    std::string wire(random.below(200), '\0');
    for (char& c : wire) c = static_cast<char>(random.below(256));
    read(random.below(2) == 0 ? Role::server : Role::client, wire, 1 + random.below(50), {1000, 5});
  }
}

}  // namespace
}  // namespace noonmark::websocket
