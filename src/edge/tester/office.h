#pragma once

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>

#include "base/core/clock.h"
#include "crypto/sign/sr25519.h"
#include "edge/tester/messages.h"
#include "net/client/http_client.h"

namespace noonmark::tester {

/// The validator as its tester sees it: signed calls of the desk's protocol.
///
/// Calls that the network breaks are repeated, stamped anew, for kPatience at most; each may be repeated safely.
/// Owner: the tester. Threads: one at a time. Fails: as error_of; cancelled (`stop`); corrupt (an answer that isn't the
/// protocol's).
class Office {
 public:
  static constexpr std::chrono::seconds kPatience{60};

  /// All borrowed but for the values; must outlive the office.
  Office(client::Address validator, const sign::AccountId& account, const sign::Sr25519Pair& key, core::Clock& clock,
         const std::atomic<bool>& stop);

  core::Result<std::optional<Work>> lease(const Hello& hello);
  core::Result<Brief> brief();
  core::Result<void> renew(std::int64_t lease);
  core::Result<void> put_picture(std::int64_t lease, const hash::Digest& name, const core::Bytes& content);
  core::Result<void> finish(std::int64_t lease, const Findings& findings);
  /// Writes the packed package to `file`, at most `max_bytes`. Its bytes are foreign.
  core::Result<void> fetch_package(const hash::Digest& content, const std::filesystem::path& file,
                                   std::uint64_t max_bytes);

 private:
  core::Result<http::Response> call(http::Request request);
  core::Result<codec::Json> call_json(const char* method, std::string target, std::string body);

  client::HttpClient client_;
  const sign::AccountId account_;
  const sign::Sr25519Pair& key_;
  core::Clock& clock_;
  const std::atomic<bool>& stop_;
};

}  // namespace noonmark::tester
