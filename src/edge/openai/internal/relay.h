#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/core/result.h"
#include "edge/openai/internal/asked.h"

namespace noonmark::openai::internal {

/// Time in whole seconds, rounded up, as headers tell it.
std::int64_t seconds_of(core::Nanos time);

/// Passes a worker's answer on to the caller.
class Relay final : public job::Sink {
 public:
  using Translate = std::function<core::Result<std::string>(std::string)>;
  /// `asked` is shared with nobody else by then.
  Relay(std::shared_ptr<Asked> asked, job::JobId job, Translate translate, std::function<core::Nanos()> expected_wait)
      : asked_(std::move(asked)),
        job_(job),
        translate_(std::move(translate)),
        expected_wait_(std::move(expected_wait)) {}

  void on_head(int status, std::string_view content_type) override;
  bool restart() override;
  void on_piece(std::string_view bytes) override;
  /// A comment in a stream: who reads events passes over it.
  void on_receipt(std::string_view receipt) override;
  void on_end(const job::Failure* failure) override;

 private:
  void succeed();
  void end_stream(const job::Failure* failure);

  const std::shared_ptr<Asked> asked_;  // as above
  const job::JobId job_;
  const Translate translate_;
  const std::function<core::Nanos()> expected_wait_;
  http::Response response_;
  bool streams_ = false;
};

}  // namespace noonmark::openai::internal
