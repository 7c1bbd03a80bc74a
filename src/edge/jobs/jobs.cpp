#include "edge/jobs/jobs.h"

#include <array>

#include "base/codec/json.h"
#include "base/codec/text.h"
#include "base/core/random.h"

namespace noonmark::jobs {
namespace {

using codec::Json;

constexpr int kFirstFailure = 400, kBadGateway = 502;

std::string_view name_of(Status status) {
  switch (status) {
    case Status::running:
      return "running";
    case Status::done:
      return "done";
    case Status::failed:
      return "failed";
    case Status::cancelled:
      return "cancelled";
  }
  return "failed";
}

/// As libraries for Standard Webhooks take it.
std::string new_secret() {
  std::array<std::uint8_t, 32> bytes{};
  core::fill_secure_random(bytes);
  return "whsec_" + codec::base64(bytes);
}

}  // namespace

std::string write_job(const Job& job, bool with_secret) {
  Json json = Json::object({{"id", job.id},
                            {"object", "job"},
                            {"status", name_of(job.status)},
                            {"path", job.path},
                            {"created", job.created}});
  if (with_secret && !job.secret.empty()) json["webhook_secret"] = job.secret;
  if (job.status != Status::running) json["ended"] = job.ended;
  if (job.http_status != 0) json["http_status"] = job.http_status;
  if (!job.receipt.empty()) json["receipt"] = job.receipt;
  std::string text = codec::write_json(json);
  if (job.answer.empty()) return text;
  // As it came: it may be large, and is known to be JSON.
  text.pop_back();
  return text + ",\"answer\":" + job.answer + "}";
}

std::int64_t Jobs::seconds_now() const {
  return std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
}

Job Jobs::begin(std::string id, std::string caller, std::string path, std::string webhook) {
  Job job;
  job.id = std::move(id);
  job.caller = std::move(caller);
  job.path = std::move(path);
  job.webhook = std::move(webhook);
  if (!job.webhook.empty()) job.secret = new_secret();
  job.created = seconds_now();
  const std::lock_guard lock(mutex_);
  entries_.emplace(job.id, Entry{job, {}, {}, {}});
  return job;
}

std::optional<Job> Jobs::finish(const std::string& id, int http_status, std::string answer, std::string receipt) {
  const bool sound = codec::parse_json(answer, {answer.size() + 1, 64}).ok();
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.job.status != Status::running) return std::nullopt;
  Job& job = found->second.job;
  job.http_status = sound ? http_status : kBadGateway;
  job.status = job.http_status < kFirstFailure ? Status::done : Status::failed;
  if (sound) job.answer = std::move(answer);
  job.receipt = std::move(receipt);
  Job copy = job;
  end(found->second);
  copy.ended = job.ended;
  make_room_of(copy.caller);
  make_room();
  return copy;
}

std::optional<Job> Jobs::find(const std::string& id, const std::string& caller) {
  const std::lock_guard lock(mutex_);
  make_room();
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.job.caller != caller) return std::nullopt;
  return found->second.job;
}

std::optional<Jobs::Dropped> Jobs::drop(const std::string& id, const std::string& caller) {
  const std::lock_guard lock(mutex_);
  make_room();
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.job.caller != caller) return std::nullopt;
  Job& job = found->second.job;
  if (job.status != Status::running) {
    Dropped dropped{job, false};
    forget(found);
    return dropped;
  }
  job.status = Status::cancelled;
  end(found->second);
  return Dropped{job, true};
}

void Jobs::end(Entry& entry) {
  entry.job.ended = seconds_now();
  entry.until = clock_.steady() + limits_.time;
  Shelf& own = callers_[entry.job.caller];
  entry.place = all_.ended.insert(all_.ended.end(), entry.job.id);
  entry.own_place = own.ended.insert(own.ended.end(), entry.job.id);
  all_.bytes += entry.job.answer.size();
  own.bytes += entry.job.answer.size();
}

void Jobs::forget(Entries::iterator entry) {
  const Job& job = entry->second.job;
  const auto own = callers_.find(job.caller);
  all_.bytes -= job.answer.size();
  own->second.bytes -= job.answer.size();
  all_.ended.erase(entry->second.place);
  own->second.ended.erase(entry->second.own_place);
  if (own->second.ended.empty()) callers_.erase(own);
  entries_.erase(entry);
}

/// All are kept for equally long, so the first to end is the first to go.
void Jobs::make_room() {
  const core::Nanos now = clock_.steady();
  while (!all_.ended.empty()) {
    const auto oldest = entries_.find(all_.ended.front());
    const bool fits = all_.ended.size() <= limits_.jobs && all_.bytes <= limits_.bytes;
    if (fits && now < oldest->second.until) return;
    forget(oldest);
  }
}

void Jobs::make_room_of(const std::string& caller) {
  for (auto own = callers_.find(caller); own != callers_.end(); own = callers_.find(caller)) {
    if (own->second.ended.size() <= limits_.jobs_per_caller && own->second.bytes <= limits_.bytes_per_caller) return;
    forget(entries_.find(own->second.ended.front()));
  }
}

}  // namespace noonmark::jobs
