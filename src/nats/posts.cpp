// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/posts.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace kamexec::nats {
namespace {

// Of the message's own structures, and of the post.
constexpr std::size_t kOfEach = 256;

std::size_t bytes_of(const Post& post) {
  const int payload = post.message ? natsMsg_GetDataLength(post.message.get()) : 0;
  return kOfEach + post.text.size() + static_cast<std::size_t>(payload > 0 ? payload : 0);
}

}  // namespace

Result<std::shared_ptr<Posts>> Posts::make(std::size_t most) {
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid()) {
    return system_failure("eventfd", errno);
  }
  return std::shared_ptr<Posts>(new Posts(std::move(event), most));
}

void Posts::leave(Post post) {
  const std::size_t bytes = bytes_of(post);
  bool wakes = false;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (bytes_ + bytes > most_) {
      ++dropped_;
    } else {
      posts_.push_back(std::move(post));
      bytes_ += bytes;
    }
    wakes = !std::exchange(woken_, true);
  }
  if (wakes) {
    const std::uint64_t one = 1;
    static_cast<void>(::write(event_.get(), &one, sizeof(one)));
  }
}

void Posts::wake() {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (std::exchange(woken_, true)) {
      return;
    }
  }
  const std::uint64_t one = 1;
  static_cast<void>(::write(event_.get(), &one, sizeof(one)));
}

std::vector<Post> Posts::take() {
  std::vector<Post> taken;
  std::uint64_t count = 0;
  static_cast<void>(::read(event_.get(), &count, sizeof(count)));
  const std::lock_guard<std::mutex> guard(mutex_);
  woken_ = false;
  bytes_ = 0;
  taken.swap(posts_);
  return taken;
}

std::uint64_t Posts::dropped() const {
  const std::lock_guard<std::mutex> guard(mutex_);
  return dropped_;
}

}  // namespace kamexec::nats
