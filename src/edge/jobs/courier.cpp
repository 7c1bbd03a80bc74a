#include "edge/jobs/courier.h"

#include "base/codec/text.h"
#include "crypto/hash/hash.h"
#include "net/fetch/fetch.h"

namespace noonmark::jobs {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::uint64_t kMostOfAnAnswer = 64 * 1024;
constexpr std::chrono::milliseconds kLook{20};
constexpr int kLonger = 4;

fetch::Policy policy_of(bool anywhere, const std::atomic<bool>* stop) {
  fetch::Policy policy;
  policy.user_agent = "noonmark-webhook";
  policy.public_addresses_only = !anywhere;
  policy.https_only = !anywhere;
  policy.use_proxy = false;
  policy.redirects = 0;
  policy.stop = stop;
  return policy;
}

std::int64_t seconds_of(core::UnixNanos time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

std::string signature_of(const Letter& letter, std::int64_t seconds) {
  const std::string_view coded = std::string_view(letter.secret).substr(kSecretPrefix.size());
  const core::Bytes key = codec::parse_base64(coded).value_or({});
  const std::string text = letter.id + "." + std::to_string(seconds) + "." + letter.body;
  return "v1," + codec::base64(hash::hmac_sha256(key, text).bytes);
}

Courier::Courier(core::Clock& clock, const telemetry::Log& log, Settings settings)
    : clock_(clock), log_(log), settings_(settings) {
  for (int i = 0; i < settings_.threads; ++i) threads_.emplace_back([this] { work(); });
}

Courier::~Courier() {
  {
    // Under the lock: a thread that has just looked must not fall asleep after this.
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  more_.notify_all();
}

void Courier::post(Letter letter) {
  {
    const std::lock_guard lock(mutex_);
    if (letters_ < settings_.letters && bytes_ + letter.body.size() <= settings_.bytes) {
      ++letters_;
      bytes_ += letter.body.size();
      due_.emplace(clock_.steady(), Due{std::move(letter), 0});
      more_.notify_one();
      return;
    }
  }
  log_.warning("a webhook is left out: too many wait", {{"job", letter.id}});
}

std::size_t Courier::waiting() const {
  const std::lock_guard lock(mutex_);
  return letters_;
}

void Courier::work() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (due_.empty()) {
      more_.wait(lock, [&] { return stop_ || !due_.empty(); });
    } else if (due_.begin()->first > clock_.steady()) {
      more_.wait_for(lock, kLook);
    } else {
      Due due = std::move(due_.extract(due_.begin()).mapped());
      lock.unlock();
      deliver(std::move(due));
      lock.lock();
    }
  }
}

void Courier::end(const Letter& letter) {
  const std::lock_guard lock(mutex_);
  --letters_;
  bytes_ -= letter.body.size();
}

void Courier::deliver(Due due) {
  // One for each letter: a connection that is kept would stay with whatever address the name had before.
  fetch::Fetcher fetcher(clock_, policy_of(settings_.anywhere, &stop_));
  const std::int64_t seconds = seconds_of(clock_.now());
  http::Headers headers;
  headers.add("Content-Type", "application/json");
  headers.add("webhook-id", due.letter.id);
  headers.add("webhook-timestamp", std::to_string(seconds));
  headers.add("webhook-signature", signature_of(due.letter, seconds));
  const auto answer = fetcher.post(due.letter.url, due.letter.body, {kMostOfAnAnswer, settings_.time}, headers);
  ++due.tried;
  // Whoever says more than is read has taken it all the same.
  if (answer.ok() || answer.error().kind == core::ErrorKind::exhausted) return end(due.letter);
  const bool hopeless = due.tried >= settings_.tries || answer.error().kind == core::ErrorKind::denied;
  if (hopeless || stop_) {
    log_.warning("a webhook was not delivered", {{"job", due.letter.id}, {"why", answer.error().message}});
    return end(due.letter);
  }
  core::Nanos pause = settings_.pause;
  for (int i = 1; i < due.tried; ++i) pause *= kLonger;
  const std::lock_guard lock(mutex_);
  due_.emplace(clock_.steady() + pause, std::move(due));
  more_.notify_one();
}

}  // namespace noonmark::jobs
