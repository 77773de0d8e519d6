// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <exception>
#include <utility>

#include <cerrno>
#include <cstring>

#include "daemon/log.h"

namespace kamexec::daemon {
namespace {

/// Memory of an empty buffer that is kept for the next reply.
constexpr std::size_t kKeptBuffer = std::size_t{16} << 10;
/// Replies that are to be sent, up to which they are kept in one string.
constexpr std::size_t kKeptTogether = std::size_t{64} << 10;

}  // namespace

RequestKey::RequestKey(std::string_view id)
    : bytes(), size(static_cast<std::uint8_t>(std::min(id.size(), bytes.size()))) {
  std::memcpy(bytes.data(), id.data(), size);
}

Connection::Connection(UniqueFd fd, Peer peer, ConnectionShared& shared)
    : fd_(std::move(fd)),
      peer_(std::move(peer)),
      shared_(shared),
      reader_(shared.limits.request_limit),
      last_used_(Clock::now()),
      request_since_(last_used_) {}

Connection::~Connection() {
  if (fd_.valid()) {
    shared_.loop.remove(fd_.get(), *this);
  }
  shared_.memory -= counted_;
}

bool Connection::open() {
  watched_ = EPOLLIN;
  return shared_.loop.add(fd_.get(), watched_, *this) == 0;
}

Call* Connection::find(std::string_view id) const {
  const auto found = calls_.find(RequestKey(id));
  return found == calls_.end() ? nullptr : found->second;
}

void Connection::begin(std::string_view id, Call& call) {
  calls_.emplace(RequestKey(id), &call);
  ++calls_begun_;
}

void Connection::hold(std::size_t bytes) {
  call_bytes_ += bytes;
  counted_ += bytes;
  shared_.memory += bytes;
}

void Connection::end(std::string_view id, std::size_t bytes) {
  calls_.erase(RequestKey(id));
  call_bytes_ -= bytes;
  counted_ -= bytes;
  shared_.memory -= bytes;
}

std::string& Connection::out() {
  if (out_.size() >= kKeptTogether) {
    queued_ += out_.size();
    queue_memory_ += out_.capacity();
    queue_.push_back(std::move(out_));
    out_ = std::string();
  }
  return out_;
}

void Connection::first_is_sent() {
  sent_ = 0;
  if (!queue_.empty()) {
    queued_ -= queue_.front().size();
    queue_memory_ -= queue_.front().capacity();
    queue_.pop_front();
    return;
  }
  out_.clear();
  if (out_.capacity() > kKeptBuffer) {
    out_.shrink_to_fit();
  }
}

void Connection::written() {
  if (!in_written_) {
    in_written_ = true;
    shared_.written.push_back(this);
  }
}

void Connection::flush() {
  in_written_ = false;
  if (closed()) {
    return;
  }
  bool taken = false;
  while (pending() > 0) {
    const std::string& first = queue_.empty() ? out_ : queue_.front();
    const ssize_t sent =
        ::send(fd_.get(), first.data() + sent_, first.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) {
        continue;
      }
      if (errno != EAGAIN && errno != EWOULDBLOCK) {
        close(calls_.empty() ? "" : "it has left while calls were under way");
        return;
      }
      break;
    }
    taken = true;
    sent_ += static_cast<std::size_t>(sent);
    if (sent_ == first.size()) {
      first_is_sent();
    }
  }
  if (pending() == 0) {
    unread_since_ = kNoDeadline;
  } else if (taken || unread_since_ == kNoDeadline) {
    unread_since_ = Clock::now();
  }
  settle();
}

bool Connection::send_descriptor(std::string_view text, int descriptor) {
  flush();
  if (closed()) {
    return false;
  }
  iovec piece{const_cast<char*>(text.data()), text.size()};  // sendmsg only reads
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof descriptor)> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
  const bool first = pending() == 0;
  const ssize_t sent = first ? ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) : -1;
  if (sent != static_cast<ssize_t>(text.size())) {
    close("it does not take what it has asked for");
    return false;
  }
  return true;
}

void Connection::drain() {
  if (closed() || draining_) {
    return;
  }
  draining_ = true;
  ::shutdown(fd_.get(), SHUT_RD);
  // What was sent before is there in whole, and its end behind it.
  while (!closed() && !ended_) {
    receive();
  }
  if (!closed()) {
    settle();
  }
}

void Connection::close(std::string_view why) {
  if (closed()) {
    return;
  }
  if (reading_) {
    if (fault_.empty()) {
      fault_ = why.empty() ? std::string_view("closed") : why;
    }
    return;
  }
  shared_.loop.remove(fd_.get(), *this);
  fd_.reset();
  shared_.requests.on_closed(*this, why);
  calls_.clear();
  shared_.memory -= std::exchange(counted_, 0);
  shared_.closed.push_back(this);
}

bool Connection::idle() const {
  return calls_.empty() && pending() == 0 && !draining_ && !ended_ && !reader_.in_message();
}

TimePoint Connection::stuck_since() const {
  return std::min(request_since_, unread_since_);
}

TimePoint Connection::due() const {
  TimePoint due = kNoDeadline;
  if (!ended_ && request_since_ != kNoDeadline && reads_more()) {
    due = after(request_since_, shared_.limits.request_time);
  }
  if (unread_since_ != kNoDeadline) {
    due = std::min(due, after(unread_since_, shared_.limits.reply_time));
  }
  return due;
}

void Connection::check_time(TimePoint now) {
  if (closed() || now < due()) {
    return;
  }
  if (unread_since_ != kNoDeadline && now >= after(unread_since_, shared_.limits.reply_time)) {
    close("it does not read its replies");
  } else {
    close(greeted_ ? "the rest of a request did not come in time"
                   : "its hello did not come in time");
  }
}

void Connection::on_events(std::uint32_t events) {
  try {
    handle(events);
  } catch (const std::exception& thrown) {
    reading_ = false;
    close(thrown_in_words(thrown));
  }
}

void Connection::handle(std::uint32_t events) {
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
    close(calls_.empty() ? "" : "it has left while calls were under way");
    return;
  }
  if ((events & EPOLLOUT) != 0) {
    flush();
  }
  if (!closed() && (events & EPOLLIN) != 0 && (watched_ & EPOLLIN) != 0) {
    receive();
    if (!closed()) {
      settle();
    }
  }
}

void Connection::receive() {
  const ssize_t received =
      ::recv(fd_.get(), shared_.buffer.data(), shared_.buffer.size(), MSG_DONTWAIT);
  if (received < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
      ended_ = draining_ && errno != EINTR;
      return;
    }
    close(calls_.empty() ? "" : "it has left while calls were under way");
    return;
  }
  if (received == 0) {
    ended_ = true;
    return;
  }
  last_used_ = Clock::now();
  reading_ = true;
  completed_ = false;
  const Result<void> read =
      reader_.read({shared_.buffer.data(), static_cast<std::size_t>(received)}, *this);
  reading_ = false;
  if (!fault_.empty()) {
    close(std::exchange(fault_, {}));
  } else if (!read) {
    close("it " + read.error().message);
  } else if (greeted_) {
    if (!reader_.in_message()) {
      request_since_ = kNoDeadline;
    } else if (completed_ || request_since_ == kNoDeadline) {
      request_since_ = last_used_;
    }
  }
}

/// Whether a message is to be acted upon: none is behind one that was out of step.
bool Connection::accepts(std::string_view id) {
  completed_ = true;
  if (!fault_.empty()) {
    return false;
  }
  if (find(id) != nullptr) {
    fault_ = "it is out of step: it gave the id of a request that is under way to another one";
    return false;
  }
  return true;
}

void Connection::on_hello(std::uint32_t) {
  completed_ = true;
  greeted_ = true;
  shared_.requests.on_hello(*this);
}

void Connection::on_call(const service::CallRequest& request) {
  if (accepts(request.id)) {
    shared_.requests.on_call(*this, request);
  }
}

void Connection::on_cancel(std::string_view id) {
  completed_ = true;
  if (fault_.empty()) {
    shared_.requests.on_cancel(*this, id);
  }
}

void Connection::on_control(const service::ControlRequest& request) {
  if (accepts(request.id)) {
    shared_.requests.on_control(*this, request);
  }
}

void Connection::on_refused(std::string_view id, std::string_view why) {
  if (accepts(id)) {
    shared_.requests.on_refused(*this, id, why);
  }
}

bool Connection::reads_more() const {
  return !ended_ && (draining_ || (calls_.size() < shared_.limits.calls &&
                                   pending() <= shared_.limits.unread_pause));
}

/// Brings what is watched, the times and the count of memory in line with what is there.
void Connection::settle() {
  if (ended_ && calls_.empty() && pending() == 0 && !in_written_) {
    close({});
    return;
  }
  if (pending() > shared_.limits.unread_most) {
    close("it does not read its replies");
    return;
  }
  // What is still to be flushed may well be taken at once.
  const bool held_up = pending() > 0 && !in_written_;
  const std::uint32_t wanted =
      (reads_more() ? std::uint32_t{EPOLLIN} : 0) | (held_up ? std::uint32_t{EPOLLOUT} : 0);
  if (wanted != watched_) {
    // The time in which we didn't read isn't the client's.
    if ((wanted & EPOLLIN) != 0 && (watched_ & EPOLLIN) == 0 && request_since_ != kNoDeadline) {
      request_since_ = Clock::now();
    }
    watched_ = wanted;
    shared_.loop.change(fd_.get(), watched_, *this);
  }
  count();
}

void Connection::count() {
  const std::size_t now = reader_.held() + queue_memory_ + out_.capacity() + call_bytes_;
  shared_.memory += now - counted_;
  counted_ = now;
}

}  // namespace kamexec::daemon
