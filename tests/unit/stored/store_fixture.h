// SPDX-License-Identifier: GPL-2.0-or-later
// A store in a directory of its own, and its completions as values.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stored/store_thread.h"

namespace kamexec::stored {

/// Long: a test that waits so long has failed.
inline constexpr std::chrono::seconds kPatience{60};

inline WallTime at(std::int64_t milliseconds) {
  return WallTime(std::chrono::milliseconds(milliseconds));
}

/// @p number: the id's last digits, and the time at which it is stored.
inline Notification notification(int number, const std::string& program = "bill",
                                 const std::optional<std::string>& order = std::nullopt) {
  const std::string digits = std::to_string(number);
  Notification made;
  made.id = std::string(32 - digits.size(), '0') + digits;
  made.program = program;
  made.call = "cmd";
  made.arguments = {"bob", digits};
  made.variables = std::string("SIP_RURI=sip:bob@example.com\0N=\xff\0", 34);
  made.uri = "sip:bob@example.com";
  made.message = "INVITE sip:bob@example.com SIP/2.0\r\n\r\n";
  made.input = std::string("\0\n", 2);
  made.order = order;
  made.stored_at = at(1'000'000 + number);
  return made;
}

inline std::vector<std::string> arguments_of(const std::vector<Notification>& notifications) {
  std::vector<std::string> numbers;
  for (const Notification& one : notifications) {
    numbers.push_back(one.arguments.size() == 2 ? one.arguments[1] : "?");
  }
  return numbers;
}

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string made = testing::TempDir() + "kamexec-stored-XXXXXX";
    EXPECT_NE(::mkdtemp(made.data()), nullptr);
    path_ = made;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Asks the store's thread, and waits for what it says.
class Asked {
 public:
  explicit Asked(const StoreOptions& options) {
    Result<std::unique_ptr<StoreThread>> opened = StoreThread::open(options);
    EXPECT_TRUE(opened) << opened.error().message;
    if (opened) {
      store_ = std::move(*opened);
    }
  }
  explicit Asked(const std::string& directory) : Asked(options_of(directory)) {}

  StoreThread& operator*() { return *store_; }
  StoreThread* operator->() { return store_.get(); }
  void close() { store_.reset(); }

  /// Steps until @p done, whose value is to come from a completion.
  void step_until(const std::function<bool()>& done) {
    const TimePoint until = after(Clock::now(), kPatience);
    while (!done() && Clock::now() < until) {
      pollfd ready{store_->fd(), POLLIN, 0};
      ::poll(&ready, 1, 100);
      store_->step();
    }
    EXPECT_TRUE(done()) << "the store said nothing";
  }

  Result<Kept> insert(const Notification& what, bool take = false,
                      TimePoint deadline = kNoDeadline) {
    return wait<Kept>([&](auto done) { store_->insert(what, take, deadline, std::move(done)); });
  }
  Result<Taken> take(const std::string& program = "bill", std::size_t most = 1000,
                     WallTime now = at(2'000'000), std::size_t bytes = std::size_t{1} << 30) {
    return wait<Taken>(
        [&](auto done) { store_->take(program, most, bytes, now, std::move(done)); });
  }
  /// The last argument of each that is taken.
  std::vector<std::string> taken(const std::string& program = "bill",
                                 WallTime now = at(2'000'000)) {
    const Result<Taken> taken = take(program, 1000, now);
    EXPECT_TRUE(taken) << taken.error().message;
    return taken ? arguments_of(taken->notifications) : std::vector<std::string>();
  }
  Result<Listed> list(const Selection& which = {}) {
    return wait<Listed>([&](auto done) { store_->list(which, std::move(done)); });
  }
  Result<std::size_t> retry(const Selection& which) {
    return wait<std::size_t>([&](auto done) { store_->retry(which, std::move(done)); });
  }
  Result<std::size_t> drop(const Selection& which) {
    return wait<std::size_t>([&](auto done) { store_->drop(which, std::move(done)); });
  }
  /// All that was asked for before is on disk: requests are handled in their order.
  void settle() { static_cast<void>(take("no such program")); }

  void attempted(int number, State state, WallTime when = at(1'500'000),
                 std::uint32_t attempts = 1) {
    Attempted what;
    what.id = notification(number).id;
    what.program = "bill";
    what.state = state;
    what.due = when;
    what.attempts = attempts;
    what.last = LastAttempt{state == State::done ? "ok" : "no", state == State::done ? 0 : 3,
                            "said \xff this", when};
    store_->attempted(std::move(what));
  }
  void become_dispatcher() {
    const TimePoint until = after(Clock::now(), kPatience);
    for (;;) {
      const Result<bool> became = store_->become_dispatcher();
      ASSERT_TRUE(became) << became.error().message;
      if (*became) {
        return;
      }
      ASSERT_LT(Clock::now(), until) << "another one dispatches";
      ::poll(nullptr, 0, 5);
    }
  }
  [[nodiscard]] Counts counts(const std::string& program = "bill") const {
    const auto counts = store_->counts();
    const auto found = counts.find(program);
    return found == counts.end() ? Counts() : found->second;
  }

  static StoreOptions options_of(const std::string& directory) {
    StoreOptions options;
    options.directory = directory;
    return options;
  }

 private:
  template <typename Value>
  Result<Value> wait(const std::function<void(StoreThread::Completion<Value>)>& ask) {
    std::optional<Result<Value>> told;
    ask([&told](Result<Value> result) {
      EXPECT_FALSE(told) << "told twice";
      told = std::move(result);
    });
    step_until([&told] { return told.has_value(); });
    return told ? std::move(*told) : Result<Value>(failure("nothing"));
  }

  std::unique_ptr<StoreThread> store_;
};

}  // namespace kamexec::stored
