// SPDX-License-Identifier: GPL-2.0-or-later
// Which notification has its program run next, and when a failed one is tried again. Pure: what
// runs, what is on disk and what time it is come from outside.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "stored/notification.h"
#include "stored/store_thread.h"

namespace kamexec::daemon {

/// What a program's definition says of its attempts: docs/reference/programs.md.
struct DispatchRule {
  std::size_t at_once = 1;
  std::chrono::milliseconds retry{1'000};
  std::chrono::milliseconds retry_most{300'000};
  std::size_t attempts = 1'000;

  bool operator==(const DispatchRule&) const = default;
};

/// The same moment by both clocks: pauses end by the first, what is on disk is due by the second.
struct DispatchTime {
  TimePoint now{};
  stored::WallTime wall{};
};

struct AttemptEnd {
  enum class Kind {
    done,     ///< exit status 0
    failed,   ///< counts as an attempt
    not_run,  ///< the program could not be run, for a reason that isn't the notification's
    killed,   ///< by our own end: as if it had not begun
  };
  Kind kind = Kind::failed;
  stored::LastAttempt last;
};

/// What a Dispatcher has done. Nothing of it calls the Dispatcher before it returns.
class DispatchActions {
 public:
  virtual ~DispatchActions() = default;
  /// Has the program run; Dispatcher::ended() is to follow. @p notification lives until then.
  virtual void begin(const stored::Notification& notification) = 0;
  /// Asks the store; Dispatcher::taken() is to follow.
  virtual void take(const std::string& program, std::size_t most, std::size_t most_bytes) = 0;
  virtual void record(stored::Attempted what) = 0;
  virtual void give_back(std::vector<std::string> ids) = 0;
  /// After @p attempts it is given up.
  virtual void died(const stored::Notification& notification, std::uint32_t attempts,
                    const stored::LastAttempt& last) = 0;
};

class Dispatcher {
 public:
  /// Of one program, in memory: those that run, and those that may run next. The rest is on disk.
  static constexpr std::size_t kMostHeld = 1'000;
  static constexpr std::size_t kMostHeldBytes = std::size_t{16} << 20;
  /// How often the disk is looked at where nothing is known of it: another daemon may have stored
  /// something, or the wall clock been set.
  static constexpr std::chrono::milliseconds kLookInterval{2'000};
  /// Attempts that are begun by one run(): the loop has others to serve.
  static constexpr int kMostBegun = 32;

  /// @p chance: a number from -1 to 1, another one each time. @p actions must outlive this.
  Dispatcher(DispatchActions& actions, std::function<double()> chance);

  /// The programs that are stored, from now on. What is here of others is given back, but for what
  /// runs. Pauses for what could not be run are over.
  void set_rules(const std::map<std::string, DispatchRule, std::less<>>& rules, TimePoint now);
  /// From now on attempts are begun, until stop().
  void activate(TimePoint now);
  /// Begins no more, and gives back what doesn't run. For good.
  void stop();
  [[nodiscard]] bool is_active() const { return active_; }

  // A new notification.

  /// Whether one of @p bytes is to be had back as soon as it is on disk: there is room, and nothing
  /// is before it. Where it is, kept() or not_kept() is to follow.
  [[nodiscard]] bool reserve(std::string_view program, std::size_t bytes, TimePoint now);
  /// It was @p reserved, and given to us: to be run.
  void kept_here(stored::Notification notification);
  /// It is on disk alone. @p ordered: it has an order.
  void kept_on_disk(std::string_view program, bool ordered, std::size_t bytes, bool reserved,
                    TimePoint now);
  /// One that was reserved is not on disk.
  void not_kept(std::string_view program, std::size_t bytes);

  // Answers to actions.

  void taken(std::string_view program, Result<stored::Taken> what, DispatchTime time);
  void ended(std::string_view id, AttemptEnd end, DispatchTime time);

  // What is on disk is to be changed, of a program or (absent) of all.

  /// Takes nothing from there until let_go(), which is to follow.
  void hold(const std::optional<std::string>& program);
  void let_go(const std::optional<std::string>& program, TimePoint now);
  /// Gives back what waits in memory, so that it is changed with the rest, and ends pauses.
  void release(const std::optional<std::string>& program, TimePoint now);

  /// Does what is to be done now: to be called after all of the above, and at wake_at().
  void run(DispatchTime time);
  [[nodiscard]] TimePoint wake_at() const { return touched_.empty() ? wake_at_ : TimePoint::min(); }

  [[nodiscard]] std::size_t running() const { return running_.size(); }
  [[nodiscard]] bool is_running(std::string_view id) const;
  [[nodiscard]] std::vector<std::string> running_ids() const;
  /// Of one that runs; empty: it doesn't.
  [[nodiscard]] std::string_view program_of(const std::string& id) const;

  struct Figures {
    std::size_t running = 0;
    std::size_t ready = 0;              ///< in memory, to be run next
    std::uint64_t failed_attempts = 0;  ///< that counted
    /// Why nothing is begun: the program could not be run the last time.
    std::optional<std::string> held;
  };
  [[nodiscard]] Figures figures(std::string_view program) const;

 private:
  struct Program {
    std::string name;
    std::optional<DispatchRule> rule;
    std::deque<stored::Notification> ready;
    std::size_t running = 0;
    std::size_t reserved = 0;
    std::size_t bytes = 0;  ///< of all three
    std::size_t holds = 0;
    bool taking = false;
    bool touched = false;
    TimePoint look_at = kNoDeadline;    ///< on disk
    TimePoint resume_at = kNoDeadline;  ///< after what could not be run; kNoDeadline: no pause
    std::uint32_t not_run = 0;          ///< in a row
    std::uint64_t failed_attempts = 0;
    std::string problem;  ///< of the last that could not be run
  };
  struct Running {
    Program* program = nullptr;
    stored::Notification notification;
  };

  [[nodiscard]] Program& program(std::string_view name);
  void touch(Program& program);
  void look(Program& program, TimePoint at);
  void give_back_ready(Program& program);
  [[nodiscard]] std::chrono::milliseconds pause(const DispatchRule& rule, std::size_t failures);
  void settle(Program& program, DispatchTime time, int& begins_left);
  void begin_some(Program& program, int& begins_left);
  void take_some(Program& program, TimePoint now);

  DispatchActions& actions_;
  std::function<double()> chance_;
  bool active_ = false;
  std::size_t holds_ = 0;  ///< of all programs
  std::map<std::string, Program, std::less<>> programs_;
  std::unordered_map<std::string, Running> running_;  ///< by id
  std::vector<Program*> touched_;
  TimePoint wake_at_ = kNoDeadline;  ///< of those that aren't touched, or earlier
};

}  // namespace kamexec::daemon
