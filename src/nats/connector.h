// SPDX-License-Identifier: GPL-2.0-or-later
// Which server is tried when: all of them in a random order, then a pause, which grows.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "nats/attempt.h"
#include "nats/link_options.h"
#include "nats/posts.h"
#include "nats/server.h"

namespace kamexec::nats {

/// Used by the loop's thread. Nothing here waits.
class Connector {
 public:
  Connector(const LinkOptions& options, std::vector<Server> servers, std::shared_ptr<Posts> posts);

  /// Whether a connection is wanted. The first attempt is made by the next step().
  void want(bool wanted);
  /// That one is tried last in the next round.
  void avoid(const Server& server) { avoided_ = server; }

  /// Looks after the attempt, and begins the next.
  void step(TimePoint now);
  /// When step() has something to do, if the posts don't tell before.
  [[nodiscard]] TimePoint next_step() const;

  /// One that step() has found made; null: none.
  [[nodiscard]] std::unique_ptr<Connected> take() { return std::move(made_); }
  /// Why the last attempt failed; empty: none has, since one was made.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  /// All servers were tried since want(true), without success.
  [[nodiscard]] bool has_failed_everywhere() const { return failed_everywhere_; }

 private:
  void begin(TimePoint now);
  void failed(std::string why, TimePoint now);

  const LinkOptions& options_;
  std::vector<Server> servers_;
  std::shared_ptr<Posts> posts_;
  std::minstd_rand random_;
  std::optional<Server> avoided_;

  bool wanted_ = false;
  bool failed_everywhere_ = false;
  std::size_t next_ = 0;  // of servers_, in this round
  TimePoint next_begin_{};
  std::chrono::milliseconds pause_;
  std::unique_ptr<Attempt> attempt_;
  TimePoint attempt_ends_{};  // then it is given up
  std::unique_ptr<Connected> made_;
  std::string trouble_;
};

}  // namespace kamexec::nats
