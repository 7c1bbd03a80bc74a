#include "serving/link/uplink.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <map>
#include <mutex>

#include "base/core/random.h"
#include "net/client/websocket_client.h"
#include "serving/link/channel.h"
#include "serving/link/gate.h"
#include "serving/link/message.h"

namespace noonmark::link {
namespace {

using client::WebSocketClient;
using core::ErrorKind;
using job::Failure;
using job::JobId;

constexpr core::Nanos kGlance = std::chrono::milliseconds(100);  // between two looks at `stop`
constexpr core::Nanos kFirstPause = std::chrono::seconds(1);
constexpr std::size_t kOverhead = 1024;  // of a message beside a job's body

/// "http://HOST:PORT" or "ws://HOST:PORT".
core::Result<client::Address> address_of(std::string_view url) {
  const core::Error problem =
      core::invalid("'" + std::string(url) + "' is no gateway's address; it looks like http://HOST:PORT");
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos || (url.substr(0, scheme) != "http" && url.substr(0, scheme) != "ws"))
    return problem;
  url.remove_prefix(scheme + 3);
  if (url.ends_with('/')) url.remove_suffix(1);
  const std::size_t colon = url.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return problem;
  std::string_view host = url.substr(0, colon), digits = url.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (wrong != std::errc() || end != digits.data() + digits.size() || host.empty()) return problem;
  return client::Address::tcp(std::string(host), port);
}

/// An established connection. Answers hold on to it; when it breaks they find it closed.
struct Line {
  Line(std::unique_ptr<WebSocketClient> client, Channel opened)
      : socket(std::move(client)), channel(std::move(opened)) {}

  core::Result<void> send(const Message& message) {
    const std::lock_guard order(sending);
    return socket->send(websocket::Kind::binary, channel.seal(encode(message)));
  }

  std::unique_ptr<WebSocketClient> socket;
  Channel channel;
  std::mutex sending;  // messages leave in the order in which they were sealed
};

/// The worker's end of one job.
class JobAnswer final : public Answer {
 public:
  using OnEnd = std::function<void(const JobId&)>;
  JobAnswer(std::shared_ptr<Line> line, const job::Job& job, const core::Clock& clock, OnEnd on_end)
      : line_(std::move(line)), id_(job.id), deadline_(clock, job.time_left), on_end_(std::move(on_end)) {}
  ~JobAnswer() override {
    if (ended_) return;
    const Failure forgotten{Failure::Kind::unable, "the worker gave no answer"};
    end(&forgotten, {});
  }

  /// What is no stream waits for its end: if it is short by then, it goes as one message.
  void head(int status, std::string_view content_type) override {
    if (cancelled()) return;
    held_ = Whole{id_, status, std::string(content_type), {}, {}};
    if (content_type.starts_with("text/event-stream")) release();
  }
  bool piece(std::string_view bytes) override {
    if (held_ && held_->bytes.size() + bytes.size() <= kMaxPiece) {
      held_->bytes += bytes;
      return !cancelled();
    }
    return release() && send_pieces(bytes);
  }
  void end(const Failure* failure, std::string_view receipt) override {
    if (std::exchange(ended_, true)) return;
    if (cut_off()) return on_end_(id_);
    if (failure == nullptr && held_) {
      held_->receipt = receipt;
      send(*std::move(held_));
    } else {
      // What is held is of no use with a failure behind it.
      send(End{id_, failure == nullptr ? std::nullopt : std::optional(*failure), std::string(receipt)});
    }
    on_end_(id_);
  }
  bool cancelled() const override { return cut_off() || deadline_.passed(); }

  /// The gateway doesn't want it, or can't be reached any more.
  void cut() {
    const std::lock_guard lock(mutex_);
    cut_ = true;
    changed_.notify_all();
  }
  void add_credit(std::uint32_t bytes) {
    const std::lock_guard lock(mutex_);
    credit_ += bytes;
    changed_.notify_all();
  }

 private:
  /// From here on it goes as it comes.
  bool release() {
    const std::optional<Whole> held = std::exchange(held_, std::nullopt);
    if (!held) return !cancelled();
    send(Head{id_, held->status, held->content_type});
    return send_pieces(held->bytes);
  }
  bool send_pieces(std::string_view bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kMaxPiece))) {
      const std::string_view part = bytes.substr(0, kMaxPiece);
      if (!take_credit(static_cast<std::int64_t>(part.size()))) return false;
      send(Piece{id_, std::string(part)});
    }
    return !cancelled();
  }
  bool cut_off() const {
    const std::lock_guard lock(mutex_);
    return cut_;
  }
  bool take_credit(std::int64_t bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, deadline_.remaining(), [&] { return cut_ || credit_ >= bytes; });
    if (cut_ || credit_ < bytes) return false;
    credit_ -= bytes;
    return true;
  }
  void send(const Message& message) {
    if (!line_->send(message).ok()) cut();
  }

  const std::shared_ptr<Line> line_;  // with the other jobs of the connection
  const JobId id_;
  const core::Deadline deadline_;
  const OnEnd on_end_;
  bool ended_ = false;
  std::optional<Whole> held_;  // no stream, and nothing of it sent yet
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t credit_ = kFirstCredit;
  bool cut_ = false;
};

}  // namespace

struct Uplink::State : std::enable_shared_from_this<Uplink::State> {
  State(UplinkSettings chosen, const sign::Sr25519Pair& own, core::Clock& time, OnJob job, OnNote note, OnWishes wishes)
      : settings(std::move(chosen)),
        key(own),
        clock(time),
        on_job(std::move(job)),
        on_note(std::move(note)),
        on_wishes(std::move(wishes)) {}

  core::Result<std::shared_ptr<Line>> connect(const client::Address& address) const;
  core::Result<void> work(const std::shared_ptr<Line>& current, const std::atomic<bool>& stop, core::Nanos drain);
  core::Result<void> obey(const std::shared_ptr<Line>& from, Message message);
  void begin(const std::shared_ptr<Line>& from, job::Job job);
  std::shared_ptr<JobAnswer> answer_to(const JobId& job);
  void cut_all();
  bool idle() {
    const std::lock_guard lock(mutex);
    return answers.empty();
  }

  const UplinkSettings settings;
  const sign::Sr25519Pair& key;
  core::Clock& clock;
  const OnJob on_job;
  const OnNote on_note;
  const OnWishes on_wishes;
  std::mutex mutex;
  std::vector<job::Offer> offers;
  std::map<JobId, std::weak_ptr<JobAnswer>> answers;  // weak: whoever answers owns them
  std::shared_ptr<Line> line;                         // while one stands
};

/// Fails: denied (not welcome, another gateway); else it may go better later.
core::Result<std::shared_ptr<Line>> Uplink::State::connect(const client::Address& address) const {
  WebSocketClient::Settings limits;
  limits.limits.message_bytes = settings.limits.body_bytes + kOverhead;
  auto opened = WebSocketClient::open(address, kWorkersPath, clock, settings.patience, limits);
  if (!opened.ok()) return core::unavailable(opened.error().message);  // whatever answers there may be a gateway again
  std::unique_ptr<WebSocketClient> socket = *std::move(opened);
  Channel channel = Channel::of_worker(key, settings.gateway);
  TRY(socket->send(websocket::Kind::binary, channel.hello()));
  const auto proof = TRY(socket->receive(settings.patience));
  if (!proof) return core::timeout("the gateway doesn't say who it is");
  const std::string own_proof = TRY(channel.establish(proof->data));
  TRY(socket->send(websocket::Kind::binary, own_proof));
  const auto sealed = TRY(socket->receive(settings.patience));
  if (!sealed) return core::timeout("the gateway doesn't say whether this worker is welcome");
  const std::string opened_text = TRY(channel.open(sealed->data));
  const Message message = TRY(decode(opened_text, settings.limits));
  const auto* welcome = std::get_if<Welcome>(&message);
  if (welcome == nullptr) return core::corrupt("the gateway says something else than that this worker is welcome");
  if (!welcome->refusal.empty()) return core::denied(welcome->refusal);
  if (on_note) on_note("connected to the gateway " + channel.peer().ss58() + " at " + address.text());
  return std::make_shared<Line>(std::move(socket), std::move(channel));
}

std::shared_ptr<JobAnswer> Uplink::State::answer_to(const JobId& job) {
  const std::lock_guard lock(mutex);
  const auto found = answers.find(job);
  return found == answers.end() ? nullptr : found->second.lock();
}

void Uplink::State::begin(const std::shared_ptr<Line>& from, job::Job job) {
  const auto forget = [weak = weak_from_this()](const JobId& id) {
    const auto self = weak.lock();
    if (!self) return;
    const std::lock_guard lock(self->mutex);
    self->answers.erase(id);
  };
  auto answer = std::make_shared<JobAnswer>(from, job, clock, forget);
  {
    const std::lock_guard lock(mutex);
    answers[job.id] = answer;
  }
  on_job(std::move(job), std::move(answer));
}

core::Result<void> Uplink::State::obey(const std::shared_ptr<Line>& from, Message message) {
  if (auto* start = std::get_if<Start>(&message)) {
    begin(from, std::move(start->job));
  } else if (const auto* cancel = std::get_if<Cancel>(&message)) {
    if (const auto answer = answer_to(cancel->job)) answer->cut();
  } else if (const auto* credit = std::get_if<Credit>(&message)) {
    if (const auto answer = answer_to(credit->job)) answer->add_credit(credit->bytes);
  } else if (auto* wishes = std::get_if<Wishes>(&message)) {
    if (on_wishes) on_wishes(std::move(wishes->wishes));
  } else {
    return core::corrupt("a gateway doesn't say this");
  }
  return {};
}

void Uplink::State::cut_all() {
  std::vector<std::shared_ptr<JobAnswer>> left;
  {
    const std::lock_guard lock(mutex);
    line.reset();
    for (const auto& [id, weak] : answers) {
      if (auto answer = weak.lock()) left.push_back(std::move(answer));
    }
  }
  for (const auto& answer : left) answer->cut();
}

/// Until the connection breaks, or stop and nothing is left to do.
core::Result<void> Uplink::State::work(const std::shared_ptr<Line>& current, const std::atomic<bool>& stop,
                                       core::Nanos drain) {
  {
    const std::lock_guard lock(mutex);
    line = current;
    TRY(current->send(Offers{stop.load() ? std::vector<job::Offer>() : offers}));
  }
  std::optional<core::Deadline> draining;
  while (true) {
    if (stop.load() && !draining) {
      draining.emplace(clock, drain);
      TRY(current->send(Offers{}));
    }
    if (draining && (idle() || draining->passed())) return {};
    const auto sealed = TRY(current->socket->receive(kGlance));
    if (!sealed) continue;
    const std::string opened = TRY(current->channel.open(sealed->data));
    Message message = TRY(decode(opened, settings.limits));
    TRY(obey(current, std::move(message)));
  }
}

Uplink::Uplink(UplinkSettings settings, const sign::Sr25519Pair& key, core::Clock& clock, OnJob on_job, OnNote on_note,
               OnWishes on_wishes)
    : state_(std::make_shared<State>(std::move(settings), key, clock, std::move(on_job), std::move(on_note),
                                     std::move(on_wishes))) {}

Uplink::~Uplink() { state_->cut_all(); }

void Uplink::offer(std::vector<job::Offer> offers) {
  const std::lock_guard lock(state_->mutex);
  state_->offers = std::move(offers);
  if (state_->line) (void)state_->line->send(Offers{state_->offers});  // a broken line is noticed by run()
}

core::Result<void> Uplink::run(const std::atomic<bool>& stop, core::Nanos drain) {
  const client::Address address = TRY(address_of(state_->settings.url));
  core::Nanos pause = kFirstPause;
  while (!stop.load()) {
    const core::Nanos begun = state_->clock.steady();
    auto connected = state_->connect(address);
    if (!connected.ok() && connected.error().kind == ErrorKind::denied) return connected.error();
    const auto ended = connected.ok() ? state_->work(*connected, stop, drain) : core::Result<void>(connected.error());
    state_->cut_all();
    if (connected.ok()) (*connected)->socket->close();
    if (ended.ok()) return {};
    if (state_->on_note) state_->on_note("no connection to the gateway: " + ended.error().message);
    if (state_->clock.steady() - begun > state_->settings.longest_pause) pause = kFirstPause;
    // Up to half as long again, so that the workers of a gateway that comes back don't all come at once.
    std::array<std::uint8_t, 1> random{};
    core::fill_secure_random(random);
    const core::Deadline again(state_->clock, pause + pause * random[0] / 512);
    while (!again.passed() && !stop.load()) state_->clock.sleep_for(std::min(kGlance, again.remaining()));
    pause = std::min(2 * pause, state_->settings.longest_pause);
  }
  return {};
}

}  // namespace noonmark::link
