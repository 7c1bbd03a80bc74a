#include "serving/worker/follower.h"

#include <algorithm>

namespace noonmark::worker {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kFirstPause{2}, kLongestPause{300};

std::uint64_t size_of(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code problem;
  for (const auto& entry : fs::recursive_directory_iterator(folder, problem)) {
    if (entry.is_regular_file(problem)) bytes += entry.file_size(problem);
  }
  return bytes;
}

}  // namespace

bool PackageCache::holds(const std::string& package) const {
  std::error_code ignored;
  return fs::is_directory(place(package), ignored);
}

void PackageCache::touch(const std::string& package) const {
  std::error_code ignored;
  fs::last_write_time(place(package), fs::file_time_type::clock::now(), ignored);
}

core::Result<void> PackageCache::make_room(std::uint64_t bytes, const std::set<std::string>& kept) const {
  struct Held {
    fs::path folder;
    std::uint64_t bytes;
    fs::file_time_type used;
  };
  std::vector<Held> held;
  std::uint64_t total = bytes;
  std::error_code problem;
  fs::create_directories(folder_, problem);
  for (const auto& entry : fs::directory_iterator(folder_, problem)) {
    held.push_back({entry.path(), size_of(entry.path()), entry.last_write_time(problem)});
    total += held.back().bytes;
  }
  if (problem) return core::internal("cannot read " + folder_.string() + ": " + problem.message());
  std::ranges::sort(held, {}, &Held::used);
  for (const Held& one : held) {
    if (total <= budget_) break;
    if (kept.contains(one.folder.filename().string())) continue;
    fs::remove_all(one.folder, problem);
    if (problem) return core::internal("cannot remove " + one.folder.string() + ": " + problem.message());
    total -= one.bytes;
  }
  if (total <= budget_) return {};
  return core::exhausted("packages would take " + std::to_string(total >> 20) + " MiB of the " +
                         std::to_string(budget_ >> 20) + " MiB that they may");
}

Follower::Follower(Worker& worker, PackageCache cache, Fetch fetch, Open open, Worker::OnNote on_note)
    : worker_(worker),
      cache_(std::move(cache)),
      fetch_(std::move(fetch)),
      open_(std::move(open)),
      on_note_(std::move(on_note)),
      thread_([this](const std::stop_token& stop) { follow(stop); }) {}

Follower::~Follower() {
  thread_.request_stop();
  thread_.join();
}

void Follower::want(std::vector<job::Wish> wishes) {
  const std::lock_guard lock(mutex_);
  wanted_ = std::move(wishes);
  changed_.notify_one();
}

void Follower::follow(const std::stop_token& stop) {
  std::vector<job::Wish> wishes;
  std::optional<std::chrono::seconds> pause;  // before what failed is tried again
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      const auto news = [&] { return wanted_.has_value(); };
      if (pause) {
        changed_.wait_for(lock, stop, *pause, news);
      } else {
        changed_.wait(lock, stop, news);
      }
      if (stop.stop_requested()) return;
      if (wanted_) {
        wishes = *std::exchange(wanted_, std::nullopt);
        pause.reset();
      }
    }
    if (fulfil(wishes)) {
      pause.reset();
    } else {
      pause = std::min(kLongestPause, pause ? *pause * 2 : kFirstPause);
    }
  }
}

bool Follower::fulfil(const std::vector<job::Wish>& wishes) {
  for (auto model = mine_.begin(); model != mine_.end();) {
    const bool wanted = std::ranges::find(wishes, *model, &job::Wish::model) != wishes.end();
    if (!wanted) worker_.drop(*model);
    model = wanted ? std::next(model) : mine_.erase(model);
  }
  bool all = true;
  for (const job::Wish& wish : wishes) {
    const auto served = worker_.served();
    const auto before = served.find(wish.model);
    if (before != served.end() && before->second == wish.package) continue;
    const auto done = fulfil(wish, wishes);
    if (!done.ok())
      on_note_("can't serve " + wish.model + " " + wish.package.substr(0, 12) + ": " + done.error().message);
    all = all && done.ok();
  }
  return all;
}

core::Result<void> Follower::fulfil(const job::Wish& wish, const std::vector<job::Wish>& all) {
  if (!cache_.holds(wish.package)) {
    std::set<std::string> kept;
    for (const job::Wish& one : all) kept.insert(one.package);
    for (const auto& [model, package] : worker_.served()) kept.insert(package);
    TRY(cache_.make_room(wish.bytes, kept));
    on_note_("fetching " + wish.model + " " + wish.package.substr(0, 12));
    TRY(fetch_(wish, cache_.place(wish.package)));
  }
  cache_.touch(wish.package);
  BackendPtr backend = TRY(open_(wish, cache_.place(wish.package)));
  TRY(worker_.serve(std::move(backend)));
  mine_.insert(wish.model);
  return {};
}

}  // namespace noonmark::worker
