// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/process_tree.h"

#include <unistd.h>

#include <csignal>
#include <unordered_set>

#include <cerrno>

namespace kamexec::process {
namespace {

class Membership {
 public:
  Membership(const TreeRoot& root, const KnownProcesses& known, ProcessTable& table)
      : root_(root),
        known_(known),
        table_(table),
        root_is_ours_(is_unreaped_child(root.child)),
        our_session_(::getsid(0)) {
    if (root_is_ours_) {
      pids_.insert(root.child.pid);
    }
  }

  /// Adds what follows from what is known; true when that was something.
  bool grow() {
    const auto before = pids_.size() + sessions_.size();
    for (const ProcessEntry& entry : table_.entries()) {
      if (!pids_.contains(entry.pid) && belongs(entry)) {
        pids_.insert(entry.pid);
      }
      if (pids_.contains(entry.pid) && entry.session > 0 && entry.session != our_session_ &&
          entry.session != root_.host_session) {
        sessions_.insert(entry.session);
      }
    }
    return pids_.size() + sessions_.size() != before;
  }

  bool contains(const ProcessEntry& entry) const { return pids_.contains(entry.pid); }

 private:
  bool belongs(const ProcessEntry& entry) {
    if (entry.pid <= 1 || entry.pid == ::getpid() || entry.started < root_.not_before) {
      return false;
    }
    return known_.contains({entry.pid, entry.started}) || pids_.contains(entry.parent) ||
           (root_is_ours_ && entry.group == root_.child.pid) || sessions_.contains(entry.session) ||
           table_.limit_marker(entry) == root_.marker.limit ||
           table_.marker(entry) == root_.marker.variable;
  }

  const TreeRoot& root_;
  const KnownProcesses& known_;
  ProcessTable& table_;
  bool root_is_ours_;
  pid_t our_session_;
  std::unordered_set<pid_t> pids_;
  std::unordered_set<pid_t> sessions_;
};

}  // namespace

TreeRoot new_tree(Marked who) {
  TreeRoot root;
  root.marker = make_call_marker(who);
  root.not_before = current_ticks();
  root.host_session = ::getsid(0);
  return root;
}

std::vector<ProcessEntry> living_members(const TreeRoot& root, KnownProcesses& known,
                                         ProcessTable& table) {
  Membership members(root, known, table);
  while (members.grow()) {
  }
  std::vector<ProcessEntry> living;
  for (const ProcessEntry& entry : table.entries()) {
    if (!members.contains(entry)) {
      continue;
    }
    known.emplace(entry.pid, entry.started);
    if (entry.alive) {
      living.push_back(entry);
    }
  }
  return living;
}

void signal_group(const TreeRoot& root, int signal) {
  if (is_unreaped_child(root.child)) {
    ::kill(-root.child.pid, signal);
  }
}

Signalled signal_process(const ProcessEntry& entry, int signal) {
  // The pidfd first, the question after: what answers to it then is what the pidfd holds. Without
  // one (no descriptor left, or a sandbox that forbids the call) an instant stays between the two.
  const UniqueFd pidfd = open_pidfd(entry.pid);
  const auto now = read_process(entry.pid);
  if (!now || now->started != entry.started) {
    return Signalled::gone;
  }
  int error = pidfd.valid() ? send_signal(pidfd.get(), signal) : ENOSYS;
  if (error != 0 && error != ESRCH) {
    error = ::kill(entry.pid, signal) == 0 ? 0 : errno;
  }
  switch (error) {
    case 0:
      return Signalled::sent;
    case EPERM:
      return Signalled::not_allowed;
    default:
      return Signalled::gone;
  }
}

}  // namespace kamexec::process
