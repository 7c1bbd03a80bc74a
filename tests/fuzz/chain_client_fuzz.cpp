// A node that answers nonsense to a client that knows its metadata: errors at most. The input is cut at line ends: an
// answer as JSON each, or, where storage is asked for, the values' bytes.
#include <algorithm>
#include <cstdint>

#include "base/codec/text.h"
#include "ledger/client/chain_client.h"
#include "ledger/runtime/runtime.h"

namespace {

using namespace noonmark;
using codec::Json;

class NonsenseRpc final : public client::Rpc {
 public:
  explicit NonsenseRpc(std::string_view rest) : rest_(rest) {}
  core::Result<Json> call(std::string_view method, Json::Array parameters) override {
    if (method == "state_getRuntimeVersion") return Json::object({{"specVersion", 1}, {"transactionVersion", 1}});
    if (method == "state_getMetadata") return Json("0x" + codec::hex(machine().metadata()));
    if (opening_) return Json("0x" + std::string(64, '1'));
    if (method == "state_queryStorageAt") return storage(parameters.at(0).as_array());
    auto answer = codec::parse_json(take(), {.max_bytes = 1 << 16, .max_depth = 16});
    return answer.ok() ? *std::move(answer) : Json("0x" + std::string(64, '2'));
  }
  void opened() { opening_ = false; }

 private:
  static const runtime::Runtime& machine() {
    static const std::unique_ptr<runtime::Runtime> machine = runtime::Runtime::open({}).value();
    return *machine;
  }
  std::string_view take() {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return line;
  }
  Json storage(const Json::Array& keys) {
    Json changes = Json::array();
    for (const Json& key : keys) {
      const core::ByteView line = core::as_bytes(take());
      core::Bytes value(line.begin(), line.end());
      if (value.size() == 2) value[1] = 0;  // a count of neurons: not tens of thousands in every run
      changes.push_back(Json(Json::Array{key, value.empty() ? Json() : Json("0x" + codec::hex(value))}));
    }
    return Json(Json::Array{Json::object({{"changes", std::move(changes)}})});
  }

  std::string_view rest_;
  bool opening_ = true;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  core::FakeClock clock;
  static const sign::Sr25519Pair signer(sign::Seed::from_bytes(std::array<std::uint8_t, 32>{}));
  if (size == 0) return 0;
  NonsenseRpc rpc(core::as_text({data + 1, size - 1}));
  const auto ledger = client::ChainClient::open(rpc, clock, {}).value();
  rpc.opened();
  const book::BlockRef at{1, {}};
  switch (data[0] % 8) {
    case 0:
      (void)ledger->head();
      break;
    case 1:
      (void)ledger->block(7);
      break;
    case 2:
      (void)ledger->account({}, at);
      break;
    case 3:
      (void)ledger->metagraph(1, at);
      break;
    case 4:
      (void)ledger->commitments(1, at);
      break;
    case 5:
      (void)ledger->weights(1, at);
      break;
    case 6:
      (void)ledger->weight_commits(1, {}, at);
      (void)ledger->block_time(at);
      break;
    default:
      (void)ledger->submit(book::Transfer{}, signer, std::chrono::seconds(2));
  }
  return 0;
}
