#include "edge/openai/replays.h"

namespace noonmark::openai {

std::size_t Replays::size_of(const Entry& entry) { return entry.answer ? entry.answer->body.size() : 0; }

void Replays::drop(Entries::iterator entry) {
  bytes_ -= size_of(entry->second);
  used_.erase(entry->second.place);
  entries_.erase(entry);
}

void Replays::make_room() {
  while (!used_.empty() && (entries_.size() > limits_.answers || bytes_ > limits_.bytes)) {
    drop(entries_.find(used_.front()));
  }
}

Replays::Found Replays::begin(const std::string& key, const hash::Digest& request) {
  const std::lock_guard lock(mutex_);
  const core::Nanos now = clock_.steady();
  if (const auto found = entries_.find(key); found != entries_.end()) {
    Entry& entry = found->second;
    if (now < entry.until) {
      used_.splice(used_.end(), used_, entry.place);
      if (entry.request != request) return {Seen::another};
      return entry.answer ? Found{Seen::done, entry.answer} : Found{Seen::running};
    }
    drop(found);
  }
  const auto place = used_.insert(used_.end(), key);
  entries_.emplace(key, Entry{request, {}, now + limits_.time, place});
  make_room();
  return {Seen::never};
}

void Replays::finish(const std::string& key, http::Response answer) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  bytes_ += answer.body.size();
  found->second.answer = std::move(answer);
  found->second.until = clock_.steady() + limits_.time;
  make_room();
}

void Replays::forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end() && !found->second.answer) drop(found);
}

}  // namespace noonmark::openai
