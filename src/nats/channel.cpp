// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/channel.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <new>
#include <utility>

#include "base/signals_blocked.h"

namespace kamexec::nats {
namespace {

struct Channels {
  std::mutex mutex;
  std::map<std::uint64_t, std::shared_ptr<Channel>> all;
  std::uint64_t last = 0;
};

// Never destroyed: threads of the library outlive main().
Channels& channels() {
  static auto* const kKept = new Channels();
  return *kKept;
}

std::shared_ptr<Channel> find(std::uint64_t number) {
  Channels& known = channels();
  const std::lock_guard<std::mutex> guard(known.mutex);
  const auto found = known.all.find(number);
  return found == known.all.end() ? nullptr : found->second;
}

std::uint64_t number_of(void* closure) {
  return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(closure));
}

void* closure_of(std::uint64_t number) {
  // Never followed: the library hands it back.
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(number));  // NOLINT(performance-*)
}

void post(void* closure, Post post) {
  const std::shared_ptr<Channel> channel = find(number_of(closure));
  if (channel == nullptr) {
    return;
  }
  post.connection = number_of(closure);
  try {
    channel->posts->leave(std::move(post));
  } catch (const std::bad_alloc&) {
    // A message is lost as one is that there is no room for: its request ends at its deadline.
  }
}

// The event loop that the library knows: it only notes what is wanted, and the loop's thread does
// it.

natsStatus attach(void** own, void* loop, natsConnection* /*connection*/, natsSock socket) {
  *own = loop;
  if (const std::shared_ptr<Channel> channel = find(number_of(loop)); channel != nullptr) {
    ::fcntl(socket, F_SETFD, FD_CLOEXEC);  // no program inherits it
    channel->fd = socket;
  }
  return NATS_OK;
}

natsStatus watch_reading(void* own, bool add) {
  const std::shared_ptr<Channel> channel = add ? nullptr : find(number_of(own));
  if (channel == nullptr) {
    return NATS_OK;
  }
  // The library gives the socket up: by the loop's thread, or before that one has it.
  const int fd = channel->fd.exchange(-1);
  const int epoll = channel->watched_by.exchange(-1);
  if (epoll >= 0 && fd >= 0) {
    epoll_event unused{};
    ::epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &unused);
  }
#if NATS_VERSION_NUMBER >= 0x030902
  if (fd >= 0) {
    ::close(fd);  // since then that is for the event loop to do
  }
#endif
  return NATS_OK;
}

natsStatus watch_writing(void* own, bool add) {
  const std::shared_ptr<Channel> channel = find(number_of(own));
  if (channel == nullptr) {
    return NATS_OK;
  }
  if (!channel->writes.exchange(add) && add && channel->loop.load() != std::this_thread::get_id()) {
    channel->posts->wake();
  }
  return NATS_OK;
}

natsStatus detach(void* /*own*/) {
  return NATS_OK;
}

// Called by threads of the library.

void on_answer(natsConnection* /*connection*/, natsSubscription* /*subscription*/, natsMsg* message,
               void* closure) {
  Post answer;
  answer.kind = Post::Kind::answer;
  answer.message.reset(message);
  post(closure, std::move(answer));
}

void on_error(natsConnection* /*connection*/, natsSubscription* /*subscription*/, natsStatus status,
              void* closure) {
  try {
    Post told;
    told.kind = status == NATS_SLOW_CONSUMER ? Post::Kind::dropped : Post::Kind::refused;
    told.text = library_error(status);
    post(closure, std::move(told));
  } catch (const std::bad_alloc&) {
    return;  // the requests that it is about end at their deadlines
  }
}

void on_lame_duck(natsConnection* /*connection*/, void* closure) {
  Post lame_duck;
  lame_duck.kind = Post::Kind::lame_duck;
  post(closure, std::move(lame_duck));
}

}  // namespace

ChannelNumber::ChannelNumber(std::shared_ptr<Channel> channel) {
  Channels& known = channels();
  const std::lock_guard<std::mutex> guard(known.mutex);
  number_ = known.last + 1;
  known.all.emplace(number_, std::move(channel));
  known.last = number_;
}

ChannelNumber::~ChannelNumber() {
  std::shared_ptr<Channel> ended;  // freed after the lock is
  Channels& known = channels();
  const std::lock_guard<std::mutex> guard(known.mutex);
  const auto found = known.all.find(number_);
  if (found != known.all.end()) {
    ended = std::move(found->second);
    known.all.erase(found);
  }
}

natsStatus tell_channel(natsOptions* options, std::uint64_t number) {
  void* const closure = closure_of(number);
  natsStatus status =
      natsOptions_SetEventLoop(options, closure, attach, watch_reading, watch_writing, detach);
  if (status == NATS_OK) {
    status = natsOptions_SetErrorHandler(options, on_error, closure);
  }
  if (status == NATS_OK) {
    status = natsOptions_SetLameDuckModeCB(options, on_lame_duck, closure);
  }
  return status;
}

bool is_attached(int fd) {
  Channels& known = channels();
  const std::lock_guard<std::mutex> guard(known.mutex);
  return std::any_of(known.all.begin(), known.all.end(),
                     [fd](const auto& each) { return each.second->fd == fd; });
}

natsStatus subscribe_for_channel(natsSubscription** made, natsConnection* connection,
                                 const char* subject, std::uint64_t number) {
  const SignalsBlocked blocked;
  return natsConnection_Subscribe(made, connection, subject, on_answer, closure_of(number));
}

void close_now(natsConnection* connection, const Channel& channel) {
  const int fd = channel.fd;
  if (fd < 0) {
    return;
  }
  // The library has it close abruptly, so that the kernel would forget what it has not sent yet.
  const linger gently{};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &gently, sizeof(gently));
  ::shutdown(fd, SHUT_RDWR);
  // The library finds the end after what had been received, 32 KiB at a time.
  constexpr int kMostReads = 4096;
  for (int i = 0; i < kMostReads && channel.fd >= 0; ++i) {
    errno = 0;  // the library looks at it where TLS says nothing
    natsConnection_ProcessReadEvent(connection);
  }
}

}  // namespace kamexec::nats
