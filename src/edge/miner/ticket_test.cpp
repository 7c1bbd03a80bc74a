#include "edge/miner/ticket.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "base/core/random.h"
#include "contest/submission/pointer.h"

namespace noonmark::miner {
namespace {

Ticket sample() {
  Ticket ticket;
  ticket.contest = "tiny";
  ticket.netuid = 3;
  ticket.hotkey.bytes.fill(7);
  ticket.open = {
      submission::tag_of("tiny"), hash::sha256("content"), {}, submission::pointer_bytes("https://s.example").value()};
  ticket.open.salt.fill(9);
  ticket.stage = Stage::entered;
  ticket.entered = 12;
  return ticket;
}

TEST(Ticket, ComesBackFromItsFileWhichOthersCannotRead) {
  const core::TempDir folder = core::TempDir::create("ticket").value();
  const Ticket ticket = sample();
  const auto file = ticket_file(folder.path(), ticket.contest, ticket.netuid, ticket.hotkey);
  EXPECT_EQ(load_ticket(file).error().kind, core::ErrorKind::not_found);
  ASSERT_TRUE(save_ticket(file, ticket).ok());
  EXPECT_EQ(to_json(load_ticket(file).value()), to_json(ticket));
  struct stat facts {};
  ASSERT_EQ(stat(file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
}

TEST(Ticket, TheSealedRecordOpensToTheOpenOne) {
  const Ticket ticket = sample();
  const auto sealed = std::get<submission::Sealed>(ticket.first_record());
  EXPECT_EQ(sealed.digest, submission::seal(ticket.hotkey, ticket.open));
  Ticket open = ticket;
  open.sealed = false;
  EXPECT_EQ(open.first_record(), submission::Record(ticket.open));
}

TEST(Ticket, ABrokenFileIsCorruptAndNamed) {
  const core::TempDir folder = core::TempDir::create("ticket").value();
  const auto file = folder.path() / "t.json";
  const std::string text = codec::write_json(to_json(sample()));
  core::Philox random(1);
  for (int i = 0; i < 60; ++i) {
    std::string changed = text.substr(0, random.below(text.size()));
    if (i % 2 == 0) {
      changed = text;
      changed[random.below(text.size())] = static_cast<char>(random.below(128));
    }
    ASSERT_TRUE(core::write_file_atomic(file, changed).ok());
    const auto read = load_ticket(file);
    if (read.ok()) continue;
    EXPECT_EQ(read.error().kind, core::ErrorKind::corrupt);
    EXPECT_NE(read.error().message.find("t.json"), std::string::npos);
  }
}

}  // namespace
}  // namespace noonmark::miner
