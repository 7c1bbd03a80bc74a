// Foreign text as a JSON-RPC request, by POST and by WebSocket: every answer is JSON, and nothing else happens.
#include <cstdint>

#include "base/core/check.h"
#include "base/core/files.h"
#include "ledger/node/rpc.h"
#include "ledger/runtime/runtime.h"

namespace {

using namespace noonmark;

struct Served {
  Served() {
    rpc.open(1, [this](const std::string& text) { pushed = text; });
  }

  core::FakeClock clock;
  core::TempDir folder = core::TempDir::create("fuzz-node").value();
  std::unique_ptr<runtime::Runtime> machine = runtime::Runtime::open({}).value();
  sql::Database database = sql::Database::open_sqlite(folder.path() / "chain.sqlite").value();
  node::ChainStore store = node::ChainStore::open(database).value();
  node::Chain chain = node::Chain::open(*machine, store, clock.now()).value();
  node::Rpc rpc{chain, clock, {}, false};
  std::string pushed;
};

void check_json(const std::string& text) {
  CHECK(text.empty() || codec::parse_json(text, {.max_bytes = 16u << 20}).ok(), text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Served served;
  const std::string_view text = core::as_text({data, size});
  check_json(served.rpc.post(text));
  served.pushed.clear();
  served.rpc.receive(1, text);
  check_json(served.pushed);
  return 0;
}
