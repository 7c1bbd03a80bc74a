#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace noonmark::runtime {

/// What a block does to the storage: new values by key, nothing where a key is removed.
using Changes = std::map<core::Bytes, std::optional<core::Bytes>>;

/// The chain's storage after some block: values under the real chain's keys. Owner: the chain; borrowed for one call.
/// Threads: one at a time. Fails: as sql::Session, where the values come from a database.
class StateView {
 public:
  virtual ~StateView() = default;
  virtual core::Result<std::optional<core::Bytes>> get(core::ByteView key) const = 0;
  /// At most `count` keys that begin with `prefix` and are greater than `after`, in order.
  virtual core::Result<std::vector<core::Bytes>> keys(core::ByteView prefix, std::size_t count,
                                                      core::ByteView after) const = 0;
};

/// The storage after the newest block, in memory.
class MemoryState final : public StateView {
 public:
  core::Result<std::optional<core::Bytes>> get(core::ByteView key) const override;
  core::Result<std::vector<core::Bytes>> keys(core::ByteView prefix, std::size_t count,
                                              core::ByteView after) const override;
  void apply(const Changes& changes);
  void set(core::Bytes key, core::Bytes value) { values_[std::move(key)] = std::move(value); }
  std::size_t size() const { return values_.size(); }

 private:
  std::map<core::Bytes, core::Bytes> values_;
};

/// `text` begins with `prefix`.
bool has_prefix(core::ByteView text, core::ByteView prefix);

}  // namespace noonmark::runtime
