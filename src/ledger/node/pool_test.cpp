#include "ledger/node/pool.h"

#include <gtest/gtest.h>

#include "ledger/node/header.h"

namespace noonmark::node {
namespace {

class PoolTest : public testing::Test {
 protected:
  static book::AccountId account(std::uint8_t n) {
    book::AccountId id;
    id.bytes.fill(n);
    return id;
  }
  static core::Bytes body(std::uint8_t who, std::uint32_t nonce) {
    return {who, static_cast<std::uint8_t>(nonce), static_cast<std::uint8_t>(nonce >> 8)};
  }
  /// The code of the refusal, or 0 and it is in.
  int add(std::uint8_t who, std::uint32_t nonce, book::BlockNumber valid_until = UINT32_MAX) {
    const core::Bytes bytes = body(who, nonce);
    const runtime::Valid valid{account(who), nonce, valid_until};
    const auto refused = pool.check(extrinsic_hash(bytes), bytes.size(), valid, nonces[account(who)]);
    if (refused) return refused->code;
    pool.add(bytes, extrinsic_hash(bytes), valid);
    return 0;
  }
  std::vector<core::Bytes> ready() const {
    std::vector<core::Bytes> found;
    for (const Waiting* one : pool.ready(nonce_of)) found.push_back(one->bytes);
    return found;
  }

  std::map<book::AccountId, std::uint32_t> nonces;
  Pool::NonceOf nonce_of = [this](const book::AccountId& who) { return nonces[who]; };
  Pool pool{{.extrinsics = 10, .bytes = 1000, .per_account = 4, .nonces_ahead = 8}};
};

TEST_F(PoolTest, OrdersByNonceWithinAndByArrivalBetweenAccounts) {
  EXPECT_EQ(add(1, 1), 0);
  EXPECT_EQ(add(2, 0), 0);
  EXPECT_EQ(add(1, 0), 0);
  EXPECT_EQ(add(1, 3), 0) << "waits for nonce 2";
  EXPECT_EQ(ready(), (std::vector{body(2, 0), body(1, 0), body(1, 1)}));
  EXPECT_EQ(pool.next_nonce(account(1), 0), 2u);
  EXPECT_EQ(add(1, 2), 0);
  EXPECT_EQ(ready().size(), 5u);
  EXPECT_EQ(pool.next_nonce(account(1), 0), 4u);
  EXPECT_EQ(pool.next_nonce(account(9), 7), 7u);
}

TEST_F(PoolTest, RefusesWhatCannotWait) {
  nonces[account(1)] = 5;
  EXPECT_EQ(add(1, 4), 1010) << "used";
  EXPECT_EQ(add(1, 14), 1010) << "too far ahead";
  EXPECT_EQ(add(1, 5), 0);
  EXPECT_EQ(add(1, 5), 1013) << "the same";
  const core::Bytes other{1, 2, 3, 4};
  EXPECT_EQ(pool.check(extrinsic_hash(other), 4, {account(1), 5, 9}, 5)->code, 1014) << "another with its nonce";
  for (std::uint32_t nonce = 6; nonce < 9; ++nonce) EXPECT_EQ(add(1, nonce), 0);
  EXPECT_EQ(add(1, 9), 1016) << "too many of one account";
  for (std::uint8_t who = 2; who < 8; ++who) EXPECT_EQ(add(who, 0), 0);
  EXPECT_EQ(add(8, 0), 1016) << "too many altogether";
  EXPECT_EQ(pool.check(extrinsic_hash(other), 1000, {account(9), 0, 9}, 0)->code, 1016) << "too many bytes";
}

TEST_F(PoolTest, ForgetsWhatABlockHasMadeImpossible) {
  add(1, 0);
  add(1, 1);
  add(2, 0, 7);
  add(3, 0, 8);
  nonces[account(1)] = 1;
  const auto gone = pool.prune(7, nonce_of);
  ASSERT_EQ(gone.size(), 2u);
  EXPECT_EQ(gone[0].bytes, body(1, 0));
  EXPECT_EQ(gone[1].bytes, body(2, 0));
  EXPECT_EQ(ready(), (std::vector{body(1, 1), body(3, 0)}));
  pool.remove(extrinsic_hash(body(1, 1)));
  pool.remove(extrinsic_hash(body(1, 1)));
  EXPECT_EQ(pool.size(), 1u);
}

}  // namespace
}  // namespace noonmark::node
