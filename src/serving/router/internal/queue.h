#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "serving/job/job.h"
#include "serving/link/gate.h"

namespace noonmark::router {

using job::Failure;
using job::JobId;

/// One attempt at a job.
struct Run {
  std::shared_ptr<link::Port> port;  // that has it, with the link; empty once the router has ended
  JobId attempt;                     // the job's name there
  core::Nanos started{};
};

/// One job on its way, from submit() to the end of its sink.
struct Route {
  job::Job job;
  std::string caller;
  std::shared_ptr<job::Sink> sink;  // the caller's, shared with whoever waits for the answer
  core::Nanos deadline{};
  int attempts = 0;
  std::set<const link::Port*> tried;
  std::optional<Failure> last;  // of the attempt before
  std::vector<Run> runs;        // none while it waits; two while it is hedged
  std::optional<JobId> begun;   // the attempt of which the caller has seen something
  bool unwanted = false;
  bool done = false;
};
using RoutePtr = std::shared_ptr<Route>;  // in a queue or with a worker, and in the table of jobs

/// Jobs of one model that wait: second attempts first, then callers by turns.
class Queue {
 public:
  std::size_t size() const { return size_; }
  std::size_t of_caller(const std::string& caller) const {
    const auto found = by_caller_.find(caller);
    return found == by_caller_.end() ? 0 : found->second.size();
  }
  void push(RoutePtr route) {
    ++size_;
    if (route->attempts > 0) return again_.push_back(std::move(route));
    auto& own = by_caller_[route->caller];
    if (own.empty()) turns_.push_back(route->caller);
    own.push_back(std::move(route));
  }
  /// The next job that `suits`; empty when none does.
  template <class Suits>
  RoutePtr pop(Suits&& suits) {
    const auto again = std::ranges::find_if(again_, suits);
    if (again != again_.end()) {
      RoutePtr route = *again;
      again_.erase(again);
      --size_;
      return route;
    }
    if (turns_.empty() || !suits(by_caller_.at(turns_.front()).front())) return nullptr;
    const std::string caller = turns_.front();
    auto& own = by_caller_.at(caller);
    RoutePtr route = own.front();
    own.pop_front();
    turns_.pop_front();
    if (own.empty()) {
      by_caller_.erase(caller);
    } else {
      turns_.push_back(caller);
    }
    --size_;
    return route;
  }
  /// Takes out what `leaves`.
  template <class Leaves>
  std::vector<RoutePtr> remove(Leaves&& leaves) {
    std::vector<RoutePtr> out, kept;
    while (RoutePtr route = pop([](const RoutePtr&) { return true; })) {
      (leaves(route) ? out : kept).push_back(std::move(route));
    }
    for (RoutePtr& route : kept) push(std::move(route));
    return out;
  }
  template <class Holds>
  bool any(Holds&& holds) const {
    return std::ranges::any_of(again_, holds) ||
           std::ranges::any_of(by_caller_, [&](const auto& own) { return std::ranges::any_of(own.second, holds); });
  }

 private:
  std::deque<RoutePtr> again_;
  std::map<std::string, std::deque<RoutePtr>> by_caller_;
  std::deque<std::string> turns_;
  std::size_t size_ = 0;
};

}  // namespace noonmark::router
