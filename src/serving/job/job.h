#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/clock.h"

namespace noonmark::job {

/// Names one attempt to answer one request. Random, so that nobody can guess another caller's.
struct JobId {
  std::array<std::uint8_t, 16> bytes{};
  std::string hex() const;
  auto operator<=>(const JobId&) const = default;
};
JobId random_job_id();

/// Work for one worker: a request of OpenAI's API as the gateway's edge has checked and written it anew. What it asks
/// for is between the edge and the worker's backend; everything between them carries bytes.
struct Job {
  JobId id;
  std::string model;         ///< as in Offer::model
  std::string path;          ///< "/v1/images/generations"
  std::string body;          ///< JSON
  core::Nanos time_left{};   ///< until nobody waits for the answer any more, when this was sent
  std::string package = {};  ///< which package must do it, by the beginning of its content digest; empty: any
  std::string trace = {};    ///< the request's name in logs and receipts, at most 128 printable characters
};

/// Why an attempt gave no answer, or only a part of one.
struct Failure {
  enum class Kind {
    refused,    ///< The backend's own answer says that the request is bad: another worker would say the same.
    busy,       ///< The worker has no room: try another one.
    unable,     ///< The worker can't do it (now): try another one.
    lost,       ///< The connection broke, or the worker left: try another one.
    timeout,    ///< time_left is over.
    cancelled,  ///< The caller has gone, or a hedge was faster.
  };
  Kind kind = Kind::unable;
  std::string message;
};

/// Takes the answer to one job, in this order: on_head once, on_piece any number of times, on_receipt at most once,
/// on_end exactly once; on_end alone when there is no answer. Threads: one at a time, which must not be blocked. Fails:
/// never.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void on_head(int status, std::string_view content_type) = 0;
  virtual void on_piece(std::string_view bytes) = 0;
  /// Forgets what came so far, so that another worker can begin anew; on_head is next then. False: the caller has seen
  /// some of it.
  virtual bool restart() { return false; }
  /// What the worker has signed about the answer (serving/receipt); before on_end, and only for a whole answer.
  virtual void on_receipt(std::string_view receipt) { (void)receipt; }
  /// `failure` is null when the answer is whole.
  virtual void on_end(const Failure* failure) = 0;
};

/// A model that a worker serves, and how many jobs for it at once.
struct Offer {
  std::string model;         ///< 1 to 128 printable ASCII characters without spaces
  std::string task;          ///< "text-to-image"; as in a package's manifest
  int slots = 1;             ///< 1 to 1024
  std::string package = {};  ///< content digest in hex of the package that does it; empty: none of ours
  bool operator==(const Offer&) const = default;
};

/// What a gateway would like its workers to serve: a model, done by this package.
struct Wish {
  std::string model;
  std::string task;
  std::string package;      ///< content digest in hex
  std::uint64_t bytes = 0;  ///< of its files together
  bool operator==(const Wish&) const = default;
};

/// Bounds that both ends of a link keep, whoever the other one is.
struct Limits {
  std::size_t body_bytes = std::size_t{24} << 20;    ///< of a job
  std::size_t answer_bytes = std::size_t{64} << 20;  ///< of a whole answer
  std::size_t offers = 256;
};

}  // namespace noonmark::job
