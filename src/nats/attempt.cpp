// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/attempt.h"

#include <atomic>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/signals_blocked.h"
#include "nats/stuck_connect.h"

namespace kamexec::nats {
namespace {

std::atomic<int> threads{0};

}  // namespace

struct Attempt::Work {
  LinkOptions options;
  Server server;
  TimePoint deadline{};
  std::shared_ptr<Posts> posts;

  std::mutex mutex;
  std::optional<Result<Connected>> result;
  std::optional<Address> connects_to;  ///< the library is at it
  bool abandoned = false;

  Result<Connected> attempt() {
    const Result<Greeting> greeting = greet(server, deadline);
    if (!greeting) {
      return tl::unexpected(greeting.error());
    }
    {
      const std::lock_guard<std::mutex> guard(mutex);
      if (abandoned) {
        return failure("nobody wants it any more");
      }
      connects_to = greeting->address;
    }
    return connect(options, server, *greeting, deadline, posts);
  }

  void run() {
    std::optional<Result<Connected>> made;
    try {
      made = attempt();
    } catch (const std::bad_alloc&) {
      made.reset();
    }
    {
      const std::lock_guard<std::mutex> guard(mutex);
      connects_to.reset();
      if (!abandoned) {
        if (!made) {
          made = no_memory();
        }
        result.swap(made);
      }
    }
    made.reset();  // what nobody wants is closed here, where that may wait
    nats_ReleaseThreadMemory();
    posts->wake();
  }

  static Result<Connected> no_memory() { return tl::unexpected(Error{std::string(), 0}); }
};

std::unique_ptr<Attempt> Attempt::start(const LinkOptions& options, const Server& server,
                                        TimePoint deadline, std::shared_ptr<Posts> posts) {
  auto work = std::make_shared<Work>();
  work->options = options;
  work->server = server;
  work->deadline = deadline;
  work->posts = std::move(posts);
  std::unique_ptr<Attempt> attempt(new Attempt(work));
  const SignalsBlocked blocked;
  try {
    ++threads;
    std::thread([work = std::move(work)]() mutable {
      work->run();
      work.reset();
      --threads;
    }).detach();
  } catch (const std::system_error&) {
    --threads;
    return nullptr;
  }
  return attempt;
}

Attempt::~Attempt() {
  const std::lock_guard<std::mutex> guard(work_->mutex);
  work_->abandoned = true;
  if (work_->result && *work_->result) {
    close_now((*work_->result)->connection.get(), *(*work_->result)->channel);
  }
  if (work_->connects_to) {
    cut_unattached(*work_->connects_to);
  }
  work_->result.reset();
}

bool Attempt::is_over() const {
  const std::lock_guard<std::mutex> guard(work_->mutex);
  return work_->result.has_value();
}

Result<Connected> Attempt::take() {
  const std::lock_guard<std::mutex> guard(work_->mutex);
  Result<Connected> taken = std::move(*work_->result);
  work_->result.reset();
  return taken;
}

const Server& Attempt::server() const {
  return work_->server;
}

int Attempt::running() {
  return threads;
}

}  // namespace kamexec::nats
