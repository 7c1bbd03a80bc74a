#include "storage/sql/sql.h"

#include <mutex>
#include <thread>

#include "storage/sql/internal/soci_session.h"

namespace noonmark::sql {

struct Database::State {
  std::unique_ptr<Session> session;  // guarded by mutex
  std::mutex mutex;
  std::atomic<std::thread::id> holder;  // so that nesting is told apart from waiting
};

namespace {

/// Holds the database for one thread; nesting would wait for itself forever.
template <class State>
class Hold {
 public:
  explicit Hold(State& state) : state_(state) {
    CHECK(state.holder.load() != std::this_thread::get_id(), "a transaction uses its Session, not the Database");
    state.mutex.lock();
    state.holder = std::this_thread::get_id();
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() {
    state_.holder = std::thread::id{};
    state_.mutex.unlock();
  }

 private:
  State& state_;
};

}  // namespace

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

core::Result<Database> Database::open_sqlite(const std::filesystem::path& path, const Options& options) {
  auto state = std::make_unique<State>();
  state->session = TRY(internal::open_soci_sqlite(path, options));
  return Database(std::move(state));
}

core::Result<void> Database::transact(const std::function<core::Result<void>(Session&)>& work) {
  const Hold hold(*state_);
  Session& session = *state_->session;
  TRY(session.execute("BEGIN IMMEDIATE"));
  core::Result<void> done = work(session);
  if (done.ok()) {
    const auto committed = session.execute("COMMIT");
    if (committed.ok()) return {};
    done = committed.error();
  }
  // After some failures (a full disk) SQLite has already rolled back; then this statement fails, and that is fine.
  const auto rolled_back = session.execute("ROLLBACK");
  static_cast<void>(rolled_back);
  return done;
}

core::Result<std::int64_t> Database::execute(std::string_view statement, const Parameters& parameters) {
  const Hold hold(*state_);
  return state_->session->execute(statement, parameters);
}

void Database::with_session(const std::function<void(Session&)>& work) {
  const Hold hold(*state_);
  work(*state_->session);
}

}  // namespace noonmark::sql
