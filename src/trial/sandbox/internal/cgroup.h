#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/core/files.h"
#include "base/core/result.h"

namespace noonmark::sandbox {

struct GroupLimits {
  std::int64_t memory_bytes = 0;  // 0: none
  int processes = 0;
  double cpus = 0;
  std::vector<int> pinned;
};

/// Where control groups can be made on this machine: below our own group, so that limits already in force stay in
/// force.
struct GroupLayout {
  enum class Version { none, v1, v2 } version = Version::none;
  std::map<std::string, std::filesystem::path> controllers;  // name -> directory under which a group may be made
  bool has(const std::string& controller) const { return controllers.contains(controller); }
};

/// Reads /proc/self/cgroup and /proc/self/mountinfo (given as text, for tests) and keeps the controllers of interest:
/// memory, pids, cpuacct, cpu, cpuset. Does not try whether they can be used.
GroupLayout read_layout(const std::string& cgroup, const std::string& mountinfo);

/// read_layout of this process, with the controllers left out in which a group cannot be made. For version 2 it may
/// have to move this process into a leaf of its own group first, which is done only when nobody else is in that group.
GroupLayout probe_layout();

/// One control group in every usable hierarchy, removed at destruction after everything in it has been killed.
/// Threads: one at a time, cpu_time() any.
class Group {
 public:
  /// `name` must be unique on the machine. Fails: denied, internal.
  static core::Result<std::unique_ptr<Group>> create(const GroupLayout& layout, const std::string& name,
                                                     const GroupLimits& limits);
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  /// Descriptors into which a process writes "0" to join. It must have one thread.
  std::vector<int> doors() const;
  std::vector<pid_t> members() const;
  void kill_all();

  std::optional<std::chrono::nanoseconds> cpu_time() const;  // nothing without such a controller
  std::int64_t peak_charged_bytes() const;
  std::int64_t kills_by_memory() const;
  bool process_limit_reached() const;

 private:
  Group() = default;
  core::Result<void> add_v1(const GroupLayout& layout, const std::string& name, const GroupLimits& limits);
  core::Result<void> add_v2(const GroupLayout& layout, const std::string& name, const GroupLimits& limits);
  core::Result<void> open_doors();
  std::filesystem::path directory(const std::string& controller) const;

  GroupLayout::Version version_ = GroupLayout::Version::none;
  std::map<std::string, std::filesystem::path> directories_;  // controller -> our group there; version 2: all the same
  std::vector<core::UniqueFd> doors_;
  core::UniqueFd cpu_;
};

}  // namespace noonmark::sandbox
