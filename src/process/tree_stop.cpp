// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/tree_stop.h"

#include <algorithm>
#include <csignal>

namespace kamexec::process {
namespace {

using std::chrono::milliseconds;

// A killed process is gone within microseconds, unless the kernel holds it (a dead network disk).
constexpr milliseconds kPatienceAfterKill{1000};
constexpr milliseconds kLongestPause{32};
// Of that, for processes that start others faster than they are found.
constexpr milliseconds kPatienceWithNewOnes{500};
// One picture may miss a process that is just between two programs: its environment is empty then.
constexpr int kEmptyPicturesWanted = 2;

}  // namespace

void TreeStop::begin(const TreeRoot& root, const StopPolicy& policy, TimePoint now,
                     ProcessTable& table) {
  phase_ = Phase::terminating;
  kill_at_ = after(now, policy.grace);
  if (root.cgroup) {
    for (const int signal : {SIGTERM, SIGCONT}) {
      root.cgroup->signal_all(signal);
    }
    return;
  }
  // Looked up before the first dies, while the parents still lead to their children.
  const auto members = find_members(root, table);
  for (const int signal : {SIGTERM, SIGCONT}) {
    signal_group(root, signal);
    for (const ProcessEntry& member : members) {
      if (member.group != root.child.pid) {
        signal_process(member, signal);
      }
    }
  }
}

void TreeStop::proceed(const TreeRoot& root, bool root_ended, TimePoint now, ProcessTable& table) {
  if (phase_ == Phase::terminating && now >= kill_at_) {
    phase_ = Phase::killing;
    give_up_at_ = after(now, kPatienceAfterKill);
    freeze_until_ = after(now, kPatienceWithNewOnes);
    next_check_ = now;
    pause_ = milliseconds(1);
  }
  if (now < wake_at(root_ended)) {
    return;
  }
  if (root.cgroup) {
    check_cgroup(root, root_ended, now);
  } else if (phase_ == Phase::terminating) {
    check_for_early_end(root, now, table);
  } else if (phase_ == Phase::killing) {
    kill_round(root, root_ended, now, table);
  }
}

TimePoint TreeStop::wake_at(bool root_ended) const {
  switch (phase_) {
    case Phase::terminating:
      // Others are looked for only when the direct child has gone: its end is an event.
      return root_ended ? std::min(next_check_, kill_at_) : kill_at_;
    case Phase::killing:
      return next_check_;
    case Phase::idle:
    case Phase::finished:
      break;
  }
  return kNoDeadline;
}

std::vector<ProcessEntry> TreeStop::find_members(const TreeRoot& root, ProcessTable& table) {
  std::vector<ProcessEntry> members = living_members(root, known_, table);
  blind_ = table.blind();
  return members;
}

/// As the two below, of a tree whose members the kernel knows.
void TreeStop::check_cgroup(const TreeRoot& root, bool root_ended, TimePoint now) {
  if (phase_ == Phase::killing && (!root_ended || root.cgroup->populated())) {
    signal_group(root, SIGKILL);  // should it have left the group, as root may
    root.cgroup->kill_all();
  }
  const bool all_ended = root_ended && !root.cgroup->populated();
  if (all_ended || (phase_ == Phase::killing && now >= give_up_at_)) {
    left_some_ = !all_ended;
    phase_ = Phase::finished;
    return;
  }
  wait_longer(now);
}

void TreeStop::check_for_early_end(const TreeRoot& root, TimePoint now, ProcessTable& table) {
  const std::size_t members = find_members(root, table).size();
  if (members == 0 && !blind_.empty()) {  // the group may live, so the grace has to pass
    next_check_ = kill_at_;
  } else {
    found(members, now);
  }
}

void TreeStop::kill_round(const TreeRoot& root, bool root_ended, TimePoint now,
                          ProcessTable& table) {
  const auto members = find_members(root, table);
  const bool blind = !blind_.empty();
  if (members.empty() && root_ended && !blind) {
    found(0, now);
    return;
  }
  empty_pictures_ = 0;
  if (now < freeze_until_ && freeze(root, members)) {
    next_check_ = now;  // and find what they had started until then
    return;
  }
  signal_group(root, SIGKILL);
  std::size_t out_of_reach = 0;
  for (const ProcessEntry& member : members) {
    if (signal_process(member, SIGKILL) == Signalled::not_allowed) {
      ++out_of_reach;
    }
  }
  const bool none_in_reach = !members.empty() && out_of_reach == members.size();
  if (none_in_reach || now >= give_up_at_ || (members.empty() && blind && root_ended)) {
    left_some_ = !members.empty() || !root_ended;
    phase_ = Phase::finished;
    return;
  }
  wait_longer(now);
}

/// Stops those that were not stopped yet: what stands still starts nothing more and keeps its
/// position in the tree, so that the killing which follows misses none. True when there were some.
bool TreeStop::freeze(const TreeRoot& root, const std::vector<ProcessEntry>& members) {
  bool found = false;
  for (const ProcessEntry& member : members) {
    if (frozen_.emplace(member.pid, member.started).second) {
      found = true;
      if (member.group != root.child.pid) {
        signal_process(member, SIGSTOP);
      }
    }
  }
  if (found) {
    signal_group(root, SIGSTOP);
  }
  return found;
}

/// The direct child has ended, and a picture showed @p members.
void TreeStop::found(std::size_t members, TimePoint now) {
  empty_pictures_ = members == 0 ? empty_pictures_ + 1 : 0;
  if (empty_pictures_ >= kEmptyPicturesWanted) {
    phase_ = Phase::finished;
  } else if (members == 0) {
    next_check_ = after(now, milliseconds(1));
  } else {
    wait_longer(now);
  }
}

void TreeStop::wait_longer(TimePoint now) {
  next_check_ = after(now, pause_);
  pause_ = std::min(pause_ * 2, kLongestPause);
}

}  // namespace kamexec::process
