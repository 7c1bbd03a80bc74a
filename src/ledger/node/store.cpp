#include "ledger/node/store.h"

#include <tuple>

#include "base/codec/text.h"

namespace noonmark::node {
namespace {

const std::vector<sql::Migration> kMigrations = {
    {1,
     "chain",
     {"CREATE TABLE chain_block (number BIGINT NOT NULL PRIMARY KEY, hash TEXT NOT NULL UNIQUE, parent TEXT NOT NULL, "
      "state_root TEXT NOT NULL, extrinsics_root TEXT NOT NULL, time BIGINT NOT NULL)",
      "CREATE TABLE chain_extrinsic (block BIGINT NOT NULL REFERENCES chain_block (number), position BIGINT NOT NULL, "
      "bytes TEXT NOT NULL, PRIMARY KEY (block, position))",
      "CREATE TABLE chain_state (key TEXT NOT NULL, block BIGINT NOT NULL REFERENCES chain_block (number), value TEXT, "
      "PRIMARY KEY (key, block))",
      "CREATE TABLE chain_waiting (hash TEXT NOT NULL PRIMARY KEY, arrival BIGINT NOT NULL, bytes TEXT NOT NULL)"}}};

core::Result<core::Bytes> bytes_of(const std::string& text) {
  auto bytes = codec::parse_hex(text);
  if (!bytes.ok()) return core::corrupt("the chain's database holds what is not hexadecimal; restore it from a copy");
  return bytes;
}

core::Result<book::BlockHash> hash_from(const std::string& text) {
  const core::Bytes bytes = TRY(bytes_of(text));
  book::BlockHash hash;
  if (bytes.size() != hash.bytes.size()) return core::corrupt("the chain's database holds a damaged hash");
  std::copy(bytes.begin(), bytes.end(), hash.bytes.begin());
  return hash;
}

sql::Value text_of(const book::BlockHash& hash) { return codec::hex(hash.bytes); }
sql::Value number_value(book::BlockNumber number) { return std::int64_t{number}; }

/// The newest value of each key up to a block is the one that counts there; NULL says that the key is gone.
class StoredState final : public runtime::StateView {
 public:
  StoredState(sql::Database& database, book::BlockNumber number) : database_(database), number_(number) {}

  core::Result<std::optional<core::Bytes>> get(core::ByteView key) const override {
    const auto rows = TRY(database_.query<std::optional<std::string>>(
        "SELECT value FROM chain_state WHERE key = :key AND block <= :block ORDER BY block DESC LIMIT 1",
        {{"key", codec::hex(key)}, {"block", number_value(number_)}}));
    if (rows.empty() || !std::get<0>(rows.front())) return std::optional<core::Bytes>();
    return std::optional<core::Bytes>(TRY(bytes_of(*std::get<0>(rows.front()))));
  }

  core::Result<std::vector<core::Bytes>> keys(core::ByteView prefix, std::size_t count,
                                              core::ByteView after) const override {
    // Hexadecimal text sorts as its bytes do; 'g' comes after every digit.
    const std::string from = codec::hex(prefix), behind = codec::hex(after);
    const auto rows = TRY(database_.query<std::string>(
        "SELECT key FROM chain_state s WHERE key >= :first AND key < :last AND key > :behind AND value IS NOT NULL AND "
        "block = (SELECT MAX(block) FROM chain_state t WHERE t.key = s.key AND t.block <= :block) ORDER BY key "
        "LIMIT :count",
        {{"first", from},
         {"last", from + "g"},
         {"behind", behind},
         {"block", number_value(number_)},
         {"count", static_cast<std::int64_t>(count)}}));
    std::vector<core::Bytes> found;
    for (const auto& [key] : rows) found.push_back(TRY(bytes_of(key)));
    return found;
  }

 private:
  sql::Database& database_;
  book::BlockNumber number_;
};

core::Result<void> insert_block(sql::Session& session, const Block& block) {
  const Header& header = block.header;
  TRY(session.execute(
      "INSERT INTO chain_block (number, hash, parent, state_root, extrinsics_root, time) VALUES (:number, :hash, "
      ":parent, :state, :extrinsics, :time)",
      {{"number", number_value(header.number)},
       {"hash", text_of(header.hash())},
       {"parent", text_of(header.parent)},
       {"state", text_of(header.state_root)},
       {"extrinsics", text_of(header.extrinsics_root)},
       {"time", std::int64_t{block.time.time_since_epoch().count()}}}));
  for (std::size_t i = 0; i < block.extrinsics.size(); ++i) {
    TRY(session.execute("INSERT INTO chain_extrinsic (block, position, bytes) VALUES (:block, :position, :bytes)",
                        {{"block", number_value(header.number)},
                         {"position", static_cast<std::int64_t>(i)},
                         {"bytes", codec::hex(block.extrinsics[i])}}));
  }
  return {};
}

}  // namespace

core::Result<ChainStore> ChainStore::open(sql::Database& database) {
  TRY(sql::migrate(database, "chain", kMigrations));
  return ChainStore(database);
}

core::Result<void> ChainStore::add_block(const Block& block, const runtime::Changes& changes,
                                         std::span<const book::BlockHash> settled) {
  return database_->transact([&](sql::Session& session) -> core::Result<void> {
    TRY(insert_block(session, block));
    for (const auto& [key, value] : changes) {
      TRY(session.execute("INSERT INTO chain_state (key, block, value) VALUES (:key, :block, :value)",
                          {{"key", codec::hex(key)},
                           {"block", number_value(block.header.number)},
                           {"value", value ? sql::Value(codec::hex(*value)) : sql::Value()}}));
    }
    for (const book::BlockHash& hash : settled) {
      TRY(session.execute("DELETE FROM chain_waiting WHERE hash = :hash", {{"hash", text_of(hash)}}));
    }
    return {};
  });
}

core::Result<void> ChainStore::add_waiting(const book::BlockHash& hash, core::ByteView extrinsic) {
  TRY(database_->execute(
      "INSERT INTO chain_waiting (hash, arrival, bytes) VALUES (:hash, (SELECT COALESCE(MAX(arrival), 0) + 1 FROM "
      "chain_waiting), :bytes) ON CONFLICT (hash) DO NOTHING",
      {{"hash", text_of(hash)}, {"bytes", codec::hex(extrinsic)}}));
  return {};
}

core::Result<std::optional<Block>> ChainStore::block(book::BlockNumber number) const {
  const auto rows = TRY(database_->query<std::string, std::string, std::string, std::int64_t>(
      "SELECT parent, state_root, extrinsics_root, time FROM chain_block WHERE number = :number",
      {{"number", number_value(number)}}));
  if (rows.empty()) return std::optional<Block>();
  const auto& [parent, state, extrinsics, time] = rows.front();
  Block block;
  block.header = {TRY(hash_from(parent)), number, TRY(hash_from(state)), TRY(hash_from(extrinsics))};
  block.time = core::UnixNanos(core::Nanos(time));
  const auto body = TRY(database_->query<std::string>(
      "SELECT bytes FROM chain_extrinsic WHERE block = :block ORDER BY position", {{"block", number_value(number)}}));
  for (const auto& [bytes] : body) block.extrinsics.push_back(TRY(bytes_of(bytes)));
  return std::optional<Block>(std::move(block));
}

core::Result<std::optional<Block>> ChainStore::newest() const {
  const auto rows = TRY(database_->query<std::int64_t>("SELECT number FROM chain_block ORDER BY number DESC LIMIT 1"));
  if (rows.empty()) return std::optional<Block>();
  return block(static_cast<book::BlockNumber>(std::get<0>(rows.front())));
}

core::Result<std::optional<book::BlockNumber>> ChainStore::number_of(const book::BlockHash& hash) const {
  const auto rows = TRY(
      database_->query<std::int64_t>("SELECT number FROM chain_block WHERE hash = :hash", {{"hash", text_of(hash)}}));
  if (rows.empty()) return std::optional<book::BlockNumber>();
  return std::optional(static_cast<book::BlockNumber>(std::get<0>(rows.front())));
}

core::Result<std::optional<book::BlockHash>> ChainStore::hash_of(book::BlockNumber number) const {
  const auto rows = TRY(database_->query<std::string>("SELECT hash FROM chain_block WHERE number = :number",
                                                      {{"number", number_value(number)}}));
  if (rows.empty()) return std::optional<book::BlockHash>();
  return std::optional(TRY(hash_from(std::get<0>(rows.front()))));
}

core::Result<std::vector<core::Bytes>> ChainStore::waiting() const {
  const auto rows = TRY(database_->query<std::string>("SELECT bytes FROM chain_waiting ORDER BY arrival"));
  std::vector<core::Bytes> found;
  for (const auto& [bytes] : rows) found.push_back(TRY(bytes_of(bytes)));
  return found;
}

core::Result<runtime::MemoryState> ChainStore::load_state() const {
  const auto rows = TRY(database_->query<std::string, std::string>(
      "SELECT key, value FROM chain_state s WHERE value IS NOT NULL AND block = (SELECT MAX(block) FROM chain_state t "
      "WHERE t.key = s.key)"));
  runtime::MemoryState state;
  for (const auto& [key, value] : rows) state.set(TRY(bytes_of(key)), TRY(bytes_of(value)));
  return state;
}

std::unique_ptr<runtime::StateView> ChainStore::state_at(book::BlockNumber number) const {
  return std::make_unique<StoredState>(*database_, number);
}

}  // namespace noonmark::node
