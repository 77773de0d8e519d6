// SPDX-License-Identifier: GPL-2.0-or-later
// One connection of a client: what waits to be sent, request by request, and what has come. Used by
// Client alone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/unique_fd.h"
#include "process/outcome.h"
#include "service/daemon_messages.h"

namespace kamexec::service {

/// Not thread-safe. Nothing here raises a signal, or waits unless it is told to. Destroying it
/// closes the descriptor and says nothing to the daemon, so that a forked child may.
class Connection {
 public:
  /// Whose request a text is; kNobody: no call waits for its reply.
  using Key = std::uint64_t;
  static constexpr Key kNobody = 0;

  /// Connects, and has the hello wait to be sent. The error is the outcome of a call that needs the
  /// connection: refused where the daemon has no room for one more, else not_started.
  [[nodiscard]] static tl::expected<std::unique_ptr<Connection>, process::Outcome> open(
      const std::string& socket, std::uint64_t number, std::size_t reply_limit);

  Connection(UniqueFd fd, std::uint64_t number, std::size_t reply_limit);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::uint64_t number() const { return number_; }

  /// Has a text wait to be sent: @p append(std::string&) adds it, or gives false and adds nothing.
  /// Where that throws, nothing has changed.
  template <typename Append>
  [[nodiscard]] bool add(Key key, Append append) {
    const std::size_t before = out_.size();
    texts_.push_back({before, key});
    try {
      if (append(out_)) {
        texts_.back().end = out_.size();
        return true;
      }
    } catch (...) {
      out_.resize(before);
      texts_.pop_back();
      throw;
    }
    texts_.pop_back();
    return false;
  }

  enum class Written {
    all,
    some,        ///< the rest can be written when the descriptor says so
    turned_away  ///< the daemon takes no more from this connection, or there is none any more
  };
  /// Calls @p sent(Key) for each text whose last byte the kernel has taken.
  template <typename Sent>
  [[nodiscard]] Written write(Sent sent) {
    while (written_ < out_.size()) {
      const std::optional<std::size_t> taken = send_some();
      if (!taken) {
        return Written::turned_away;
      }
      if (*taken == 0) {
        trim();
        return Written::some;
      }
      written_ += *taken;
      while (next_ < texts_.size() && texts_[next_].end <= written_) {
        sent(texts_[next_++].key);
      }
    }
    trim();
    return Written::all;
  }
  /// Bytes that wait.
  [[nodiscard]] std::size_t unsent() const { return out_.size() - written_; }

  /// Takes a text back of which no byte was sent: true. Otherwise what is left of it will be sent,
  /// as nobody's; false.
  [[nodiscard]] bool withdraw(Key key);
  /// Calls @p take(Key, std::string_view) for each text that was not sent to its last byte.
  template <typename Take>
  void for_unsent(Take take) const {
    std::size_t begin = next_ > 0 ? texts_[next_ - 1].end : 0;
    for (std::size_t i = next_; i < texts_.size(); ++i) {
      take(texts_[i].key, std::string_view(out_).substr(begin, texts_[i].end - begin));
      begin = texts_[i].end;
    }
  }

  enum class Received {
    all,   ///< that there was
    more,  ///< may be there: this was enough for one turn
    lost   ///< the connection is of no use any more: lost() says why
  };
  /// Whether anything must have come before receive() returns.
  enum class Wait {
    no,
    briefly  ///< waits for that, kBriefly at the longest, or until a signal: one system call, where
             ///< poll(2) first would make two
  };
  /// Where more is left than twice that, no system that counts in ticks waits past a deadline.
  static constexpr std::chrono::milliseconds kBriefly{50};
  /// Reads what has come, a bounded part of it, and hands it to @p to. @p buffer: for its use.
  [[nodiscard]] Received receive(DaemonMessages& to, std::span<char> buffer, Wait wait = Wait::no);
  /// For DaemonMessages that find what they were told out of step: receive() then gives lost. @p
  /// why goes on from "the service ".
  void fault(std::string_view why);
  /// The outcome of a call that was sent over it, after lost.
  [[nodiscard]] process::Outcome lost() const noexcept;

  bool greeted = false;       ///< the daemon has said hello
  bool ready = false;         ///< … and told of all programs
  std::size_t waiting = 0;    ///< calls that were sent and have no reply
  std::size_t abandoned = 0;  ///< requests that were sent, whose replies nobody waits for

 private:
  struct Text {
    std::size_t end = 0;  ///< in out_
    Key key = kNobody;
  };

  /// How many bytes the kernel has taken; 0: none now; nothing: none ever.
  [[nodiscard]] std::optional<std::size_t> send_some();
  void trim();

  UniqueFd fd_;
  std::uint64_t number_;
  DaemonReader reader_;
  std::string out_;          // from the first text that is not sent, or before
  std::size_t written_ = 0;  // of out_
  std::vector<Text> texts_;  // of out_, in order
  std::size_t next_ = 0;     // of texts_: the first that is not sent
  std::string fault_;        // empty: none
  bool has_fault_ = false;   // also where there was no memory for its words
  bool out_of_memory_ = false;
  int errno_ = 0;  // why the connection ended; 0: the daemon closed it
};

}  // namespace kamexec::service
