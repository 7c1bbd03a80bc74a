#include "serving/receipt/receipt.h"

#include <gtest/gtest.h>

namespace noonmark::receipt {
namespace {

sign::Sr25519Pair pair_of(std::uint8_t number) {
  const std::array<std::uint8_t, 32> seed{number};
  return sign::Sr25519Pair(sign::Seed::from_bytes(seed));
}

Receipt sample() {
  Receipt receipt;
  receipt.trace = "req_1";
  receipt.model = "quick";
  receipt.package = std::string(64, 'a');
  receipt.runtime = "onnxruntime 1.30.0";
  receipt.device = "some \"processor\"";
  receipt.request = hash::sha256("request");
  receipt.answer = hash::sha256("answer");
  receipt.time = core::UnixNanos(std::chrono::seconds(1'800'000'000));
  return receipt;
}

TEST(Receipt, ComesBackAsItWasSigned) {
  const sign::Sr25519Pair key = pair_of(1);
  const std::string text = sign(sample(), key);
  EXPECT_EQ(text.find('\n'), std::string::npos) << "fits a header";
  Receipt expected = sample();
  expected.worker = key.account();
  EXPECT_EQ(verify(text).value(), expected);
}

TEST(Receipt, NothingInItCanBeChanged) {
  const std::string text = sign(sample(), pair_of(1));
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == '1' ? '2' : '1';
    EXPECT_FALSE(verify(changed).ok()) << changed;
  }
  std::string other = text;
  other.replace(other.find(pair_of(1).account().ss58()), 48, pair_of(2).account().ss58());
  EXPECT_EQ(verify(other).error().kind, core::ErrorKind::denied);
}

TEST(Receipt, SaysWhatIsMissing) {
  EXPECT_EQ(verify("[]").error().kind, core::ErrorKind::invalid);
  EXPECT_NE(verify(R"({"format":"noonmark-receipt-1"})").error().message.find("trace"), std::string::npos);
  EXPECT_NE(verify(R"({"format":"other"})").error().message.find("format"), std::string::npos);
}

}  // namespace
}  // namespace noonmark::receipt
