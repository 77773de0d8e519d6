// SPDX-License-Identifier: GPL-2.0-or-later
// One attempt to connect to one server, on a thread of its own: names are looked up there, files
// are read and certificates checked, each of which may take its time.
#pragma once

#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "nats/connect.h"
#include "nats/link_options.h"
#include "nats/posts.h"
#include "nats/server.h"

namespace kamexec::nats {

/// Used by the loop's thread. Destroying it doesn't wait: a thread that is still busy is made to
/// end, as far as it can be, and closes what it has made.
class Attempt {
 public:
  /// Starts it. @p posts is woken when it is over. Null: there can't be one more thread.
  /// Until @p deadline, unless a name takes longer to look up.
  [[nodiscard]] static std::unique_ptr<Attempt> start(const LinkOptions& options,
                                                      const Server& server, TimePoint deadline,
                                                      std::shared_ptr<Posts> posts);
  ~Attempt();
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  [[nodiscard]] bool is_over() const;
  /// Of one that is over: once.
  [[nodiscard]] Result<Connected> take();

  [[nodiscard]] const Server& server() const;
  /// Attempts of this process whose threads still run.
  [[nodiscard]] static int running();

 private:
  struct Work;
  std::shared_ptr<Work> work_;
  explicit Attempt(std::shared_ptr<Work> work) : work_(std::move(work)) {}
};

}  // namespace kamexec::nats
