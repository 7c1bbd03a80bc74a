#include "net/signed/verifier.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/core/files.h"

namespace noonmark::signed_http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class VerifierTest : public testing::Test {
 protected:
  static sign::Sr25519Pair pair_of(std::uint8_t number) {
    return sign::Sr25519Pair(sign::Seed::from_bytes(std::array<std::uint8_t, 32>{number}));
  }
  std::unique_ptr<Verifier> open() {
    const auto allowed = [this](const sign::AccountId& account) { return account == sender_.account(); };
    return Verifier::open(receiver_, allowed, folder_.path() / "fence").value();
  }
  http::Request request(core::UnixNanos at, const Nonce& nonce = fresh_nonce()) const {
    http::Request made;
    made.method = "POST";
    made.target = "/tester/lease";
    made.body = R"({"a":1})";
    stamp(made, sender_, receiver_, at, nonce);
    return made;
  }
  core::ErrorKind refusal(const http::Request& request, core::UnixNanos now) {
    const auto verified = verifier_->verify(request, now);
    EXPECT_FALSE(verified.ok());
    return verified.ok() ? core::ErrorKind::internal : verified.error().kind;
  }

  const core::TempDir folder_ = core::TempDir::create("verifier").value();
  const sign::Sr25519Pair sender_ = pair_of(1), stranger_ = pair_of(3);
  const sign::AccountId receiver_ = pair_of(2).account();
  const core::UnixNanos now_{seconds(1'795'000'000)};
  std::unique_ptr<Verifier> verifier_ = open();
};

TEST_F(VerifierTest, AcceptsARequestOnceAndSaysWhoSentIt) {
  const http::Request sent = request(now_);
  const auto account = verifier_->verify(sent, now_);
  ASSERT_TRUE(account.ok()) << account.error().message;
  EXPECT_EQ(*account, sender_.account());
  EXPECT_EQ(refusal(sent, now_), core::ErrorKind::conflict);
  EXPECT_EQ(refusal(sent, now_ + seconds(30)), core::ErrorKind::conflict);
  EXPECT_TRUE(verifier_->verify(request(now_), now_).ok());  // the same again, stamped anew
}

TEST_F(VerifierTest, NothingThatIsSignedMayChange) {
  for (const auto& change : std::vector<std::function<void(http::Request&)>>{
           [](http::Request& sent) { sent.body += " "; }, [](http::Request& sent) { sent.body.clear(); },
           [](http::Request& sent) { sent.method = "PUT"; }, [](http::Request& sent) { sent.target = "/tester/Lease"; },
           [](http::Request& sent) { sent.target += "?"; },
           [](http::Request& sent) { sent.headers.set("noonmark-nonce", std::string(32, '0')); },
           [&](http::Request& sent) { sent.headers.set("noonmark-time", "1795000000001"); },
           [](http::Request& sent) { sent.headers.set("noonmark-signature", std::string(126, '0') + "80"); }}) {
    http::Request sent = request(now_);
    change(sent);
    EXPECT_EQ(refusal(sent, now_), core::ErrorKind::denied);
  }
  http::Request sent = request(now_);
  sent.headers.add("accept", "*/*");  // other fields are nobody's promise
  EXPECT_TRUE(verifier_->verify(sent, now_).ok());
}

TEST_F(VerifierTest, ARequestToAnotherReceiverIsDenied) {
  http::Request sent = request(now_);
  stamp(sent, sender_, stranger_.account(), now_, fresh_nonce());
  EXPECT_EQ(refusal(sent, now_), core::ErrorKind::denied);
}

TEST_F(VerifierTest, StrangersAndBorrowedNamesAreDenied) {
  http::Request sent = request(now_);
  stamp(sent, stranger_, receiver_, now_, fresh_nonce());
  EXPECT_EQ(refusal(sent, now_), core::ErrorKind::denied);
  sent.headers.set("noonmark-account", sender_.account().ss58());
  EXPECT_EQ(refusal(sent, now_), core::ErrorKind::denied);
  EXPECT_EQ(refusal(http::Request{}, now_), core::ErrorKind::denied);
}

TEST_F(VerifierTest, ALineBreakInTheTargetIsDenied) {
  http::Request sent = request(now_);
  sent.target = "/a\nb";
  stamp(sent, sender_, receiver_, now_, fresh_nonce());
  EXPECT_EQ(refusal(sent, now_), core::ErrorKind::denied);
}

TEST_F(VerifierTest, AClockThatIsOffIsToldBothClocks) {
  EXPECT_TRUE(verifier_->verify(request(now_ - seconds(30)), now_).ok());
  EXPECT_TRUE(verifier_->verify(request(now_ + seconds(30)), now_).ok());
  for (const auto off : {-milliseconds(30'001), milliseconds(30'001)}) {
    const auto refused = verifier_->verify(request(now_ + off), now_);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, core::ErrorKind::denied);
    const std::string theirs = std::to_string(1'795'000'000'000 + off.count());
    EXPECT_NE(refused.error().message.find(theirs), std::string::npos) << refused.error().message;
    EXPECT_NE(refused.error().message.find("1795000000000"), std::string::npos) << refused.error().message;
  }
}

TEST_F(VerifierTest, AfterARestartNothingIsAcceptedAgainWhateverTheSendersClock) {
  const http::Request early = request(now_ - seconds(20)), late = request(now_ + seconds(25));
  ASSERT_TRUE(verifier_->verify(early, now_).ok());
  ASSERT_TRUE(verifier_->verify(late, now_).ok());
  verifier_ = open();
  for (const auto after : {seconds(0), seconds(5), seconds(10)}) {
    EXPECT_EQ(refusal(early, now_ + after), core::ErrorKind::unavailable);
    EXPECT_EQ(refusal(late, now_ + after), core::ErrorKind::unavailable);
  }
  EXPECT_EQ(refusal(late, now_ + seconds(55)), core::ErrorKind::unavailable);
  EXPECT_TRUE(verifier_->verify(request(now_ + seconds(31)), now_ + seconds(31)).ok());
}

TEST_F(VerifierTest, AfterARestartSendersWithARightClockWaitSeconds) {
  ASSERT_TRUE(verifier_->verify(request(now_), now_).ok());
  verifier_ = open();
  const auto refused = verifier_->verify(request(now_ + seconds(1)), now_ + seconds(1));
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("4001 ms"), std::string::npos) << refused.error().message;
  EXPECT_TRUE(verifier_->verify(request(now_ + milliseconds(5001)), now_ + milliseconds(5001)).ok());
}

TEST_F(VerifierTest, AClockThatGoesBackOpensNoDoor) {
  const http::Request sent = request(now_);
  ASSERT_TRUE(verifier_->verify(sent, now_).ok());
  ASSERT_TRUE(verifier_->verify(request(now_ + seconds(90)), now_ + seconds(90)).ok());  // forgets the first nonce
  EXPECT_EQ(refusal(sent, now_), core::ErrorKind::unavailable);
}

TEST_F(VerifierTest, StrangersFillNoMemoryAndOneAccountHasItsBound) {
  std::atomic<int> asked = 0;
  const auto two = [&](const sign::AccountId& account) {
    ++asked;
    return account == sender_.account() || account == stranger_.account();
  };
  const auto verifier = Verifier::open(receiver_, two, folder_.path() / "fence").value();
  for (std::size_t i = 0; i < Verifier::kMaxNonces; ++i) {
    Nonce nonce{};
    nonce[0] = static_cast<std::uint8_t>(i);
    nonce[1] = static_cast<std::uint8_t>(i >> 8);
    ASSERT_TRUE(verifier->verify(request(now_, nonce), now_).ok()) << i;
  }
  const auto refused = verifier->verify(request(now_), now_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, core::ErrorKind::exhausted);
  http::Request other = request(now_);
  stamp(other, stranger_, receiver_, now_, fresh_nonce());
  EXPECT_TRUE(verifier->verify(other, now_).ok());
  EXPECT_TRUE(verifier->verify(request(now_ + seconds(61)), now_ + seconds(61)).ok());
}

TEST_F(VerifierTest, OfParallelCopiesExactlyOneIsAccepted) {
  std::vector<http::Request> sent;
  for (int i = 0; i < 50; ++i) sent.push_back(request(now_ + milliseconds(i)));
  std::atomic<int> accepted = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (const http::Request& one : sent) accepted += verifier_->verify(one, now_).ok() ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(accepted.load(), 50);
}

TEST_F(VerifierTest, ADamagedFenceIsToldAndNotIgnored) {
  ASSERT_TRUE(core::write_file_atomic(folder_.path() / "fence", std::string_view("soon")).ok());
  const auto opened = Verifier::open(
      receiver_, [](const sign::AccountId&) { return true; }, folder_.path() / "fence");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, core::ErrorKind::corrupt);
}

}  // namespace
}  // namespace noonmark::signed_http
