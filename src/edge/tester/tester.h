#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/core/clock.h"
#include "crypto/sign/sr25519.h"
#include "edge/validator/equipment.h"
#include "net/client/http_client.h"

namespace noonmark::tester {

struct TesterSettings {
  client::Address validator;
  sign::AccountId account;       ///< the validator's hot key: requests are signed for it alone
  std::filesystem::path folder;  ///< packages and pictures while they are needed; this tester's own, made when missing
  std::filesystem::path features;  ///< graph of the perceptual distance; empty: without it
  std::string program;             ///< "noonmark 0.1.0"
};

/// What the tester is doing, for the log.
using OnNote = std::function<void(std::string_view)>;

/// Works for a validator until `stop`: takes an item, measures and judges it on this machine against the baseline on
/// this machine, tells what it found, takes the next. While there is nothing to do, or the validator can't be reached,
/// it asks again. An item that it can't finish goes back to the validator, at once when it can say so. `key`: this
/// tester's hot key; one process per key, as the validator takes a second one for a restart. Fails: denied (the
/// validator doesn't want this tester: account, version, machine or clock), internal (`folder`).
core::Result<void> work_for(const validator::Equipment& equipment, const TesterSettings& settings,
                            const sign::Sr25519Pair& key, core::Clock& clock, const std::atomic<bool>& stop,
                            const OnNote& on_note = {});

}  // namespace noonmark::tester
