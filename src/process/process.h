// SPDX-License-Identifier: GPL-2.0-or-later
// One child: its descriptors, what it printed, its deadline and its end. It is passive: whoever
// owns the loop (run.cpp with one child, supervisor.cpp with many) tells it what is ready and what
// time it is, and it never waits.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "process/capture.h"
#include "process/pidfd.h"
#include "process/process_table.h"
#include "process/process_tree.h"
#include "process/program_start.h"
#include "process/running_marks.h"
#include "process/standard_streams.h"
#include "process/tree_stop.h"

namespace kamexec::process {

/// Why we end a program.
enum class StopReason { deadline, host_stops, cancelled, output_limit, loop_failed };

/// Not thread-safe, neither copied nor moved. The thread that made it must live as long as the
/// program (see spawn.h).
class Process {
 public:
  /// What can be ready: reading for all but input, which is for writing.
  enum class Channel { exit, output, error, input };
  static constexpr std::array<Channel, 4> kChannels{Channel::exit, Channel::output, Channel::error,
                                                    Channel::input};

  /// Starts the program; done() at once if that fails. @p requested is when the call was made: the
  /// deadline counts from there. What @p options views (input) must live until done(); what @p
  /// start points to, only through this call.
  Process(const ProgramStart& start, const RunOptions& options, TimePoint requested);
  /// A program that still runs is killed, with its process group.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Whether the channel is to be watched now, and its descriptor. One that isn't wanted any more
  /// keeps its descriptor until close_unwanted(), so that the watcher can forget it first.
  [[nodiscard]] bool wants(Channel channel) const { return end(channel).wanted; }
  [[nodiscard]] int fd(Channel channel) const { return end(channel).fd.get(); }
  void close_unwanted();

  /// A wanted channel is readable, writable, hung up or in error.
  void on_ready(Channel channel, TimePoint now);

  /// When on_time() is wanted, at the latest.
  [[nodiscard]] TimePoint wake_at() const;
  /// @p table: a picture taken since the last call, or still to be taken.
  void on_time(TimePoint now, ProcessTable& table);

  /// Ends the program's tree; the first reason counts. Goes on in on_time(), wanted at once.
  void stop(StopReason reason, int system_errno = 0);

  [[nodiscard]] bool done() const { return done_; }
  /// Once, when done().
  [[nodiscard]] RunResult take_result();

 private:
  struct End {
    UniqueFd fd;
    bool wanted = false;
  };

  [[nodiscard]] End& end(Channel channel) { return ends_[static_cast<std::size_t>(channel)]; }
  [[nodiscard]] const End& end(Channel channel) const {
    return ends_[static_cast<std::size_t>(channel)];
  }

  void start_program(const ProgramStart& program);
  void hold_childs_ends(StandardStreams& streams);
  void end_unstarted(Outcome outcome);
  void write_input();
  void read_output();
  void drain();
  void check_exit(TimePoint now);
  void check_exit_soon(TimePoint now);
  void child_ended(TimePoint now);
  [[nodiscard]] TimePoint next_stop_step() const;
  void try_to_finish(TimePoint now);
  void finish(const ChildExit& exit, TimePoint now);
  void end_cgroup();
  void describe_stop();

  RunOptions options_;
  TimePoint requested_;
  TimePoint deadline_ = kNoDeadline;
  std::array<End, 4> ends_;
  // Our copies of the ends that the program writes to, kept open: its end is told by its pidfd, and
  // a hang-up before that would only wake us for nothing.
  std::array<UniqueFd, 2> held_ends_;
  std::string_view input_;  // what is still to be written
  Capture output_;
  Capture error_;
  TreeRoot root_;
  RunningMark mark_;

  std::optional<StopReason> stop_reason_;
  TreeStop stop_;
  bool child_ended_ = false;
  TimePoint ended_at_{};
  // Where no pidfd tells of the child's end.
  TimePoint check_exit_at_ = kNoDeadline;
  std::chrono::microseconds check_exit_pause_{0};
  TimePoint retry_reap_at_ = kNoDeadline;
  bool reaped_ = false;
  bool done_ = false;
  RunResult result_;
};

}  // namespace kamexec::process
