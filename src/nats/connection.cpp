// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/connection.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <utility>

#include "base/signals_blocked.h"
#include "nats/tls_calls.h"

namespace kamexec::nats {
namespace {

constexpr char kPing = 'p';      // INBOX.pN; a request's is INBOX.N
constexpr char kHandover = 'h';  // INBOX.h

Failure as_failure(natsStatus status) {
  switch (status) {
    case NATS_MAX_PAYLOAD:
      return Failure::too_large;
    case NATS_NO_MEMORY:
      return Failure::no_memory;
    default:
      return Failure::not_connected;
  }
}

std::uint64_t dropped_by(natsSubscription* subscription) {
  std::int64_t count = 0;
  return natsSubscription_GetDropped(subscription, &count) == NATS_OK && count > 0
             ? static_cast<std::uint64_t>(count)
             : 0;
}

std::uint64_t waiting_in(natsSubscription* subscription) {
  std::uint64_t count = 0;
  return natsSubscription_QueuedMsgs(subscription, &count) == NATS_OK ? count : 0;
}

int as_limit(std::size_t most) {
  return static_cast<int>(std::clamp(most, std::size_t{1}, std::size_t{INT_MAX}));
}

}  // namespace

bool is_subject(std::string_view subject) {
  return !subject.empty() && std::all_of(subject.begin(), subject.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f;
  });
}

Connection::Connection(Connected made, const LinkOptions& options, process::WatchSet& watched)
    : made_(std::move(made)),
      number_(made_.number->get()),
      options_(options),
      watched_(watched),
      last_heard_(Clock::now()),
      inbox_(made_.connection.get(), made_.inbox, as_limit(options.received_most)) {
  natsStatistics* statistics = nullptr;
  static_cast<void>(natsStatistics_Create(&statistics));
  statistics_.reset(statistics);
  made_.channel->loop = std::this_thread::get_id();
  if (made_.tls) {
    prepare_for_records(made_.channel->fd);
  }
  watch(process::WatchSet::Readiness::read);
}

Connection::~Connection() {
  close_now(made_.connection.get(), *made_.channel);
}

void Connection::watch(process::WatchSet::Readiness readiness) {
  const int fd = made_.channel->fd;
  if (fd < 0) {
    return;
  }
  if (made_.channel->watched_by >= 0) {
    watched_.remove(fd);
  }
  static_cast<void>(watched_.add(fd, readiness, number_));
  made_.channel->watched_by = watched_.fd();
  watches_writing_ = readiness != process::WatchSet::Readiness::read;
}

std::size_t Connection::max_payload() const {
  return static_cast<std::size_t>(
      std::max(std::int64_t{0}, natsConnection_GetMaxPayload(made_.connection.get())));
}

bool Connection::has_room(std::size_t bytes) {
  const auto unsent = [this] {
    return static_cast<std::size_t>(std::max(0, natsConnection_Buffered(made_.connection.get())));
  };
  std::size_t most = options_.unsent_most;
  if (made_.tls) {
    most = std::min(most, kMostUnsent);
    if (unsent() > 0 && unsent() + bytes > kMostAtOnce) {
      write();
    }
  }
  return unsent() == 0 || unsent() + bytes <= most;
}

tl::expected<void, Failure> Connection::send(const Outgoing& message, const char* reply) {
  natsConnection* const connection = made_.connection.get();
  if (is_lost()) {
    return tl::unexpected(Failure::not_connected);
  }
  if (!is_subject(message.subject)) {
    return tl::unexpected(Failure::not_permitted);
  }
  if (message.payload.size() > static_cast<std::size_t>(INT_MAX)) {
    return tl::unexpected(Failure::too_large);
  }
  if (!has_room(message.payload.size())) {
    return tl::unexpected(Failure::no_memory);
  }
  subject_ = message.subject;
  const int size = static_cast<int>(message.payload.size());
  natsStatus status = NATS_OK;
  if (message.headers.empty()) {
    status = reply == nullptr ? natsConnection_Publish(connection, subject_.c_str(),
                                                       message.payload.data(), size)
                              : natsConnection_PublishRequest(connection, subject_.c_str(), reply,
                                                              message.payload.data(), size);
  } else {
    natsMsg* raw = nullptr;
    status = natsMsg_Create(&raw, subject_.c_str(), reply, message.payload.data(), size);
    LibraryMessage made(raw);
    for (const Header& header : message.headers) {
      if (status == NATS_OK) {
        status = natsMsgHeader_Add(raw, std::string(header.name).c_str(),
                                   std::string(header.value).c_str());
      }
    }
    if (status == NATS_OK) {
      status = natsConnection_PublishMsg(connection, raw);
    }
    spent_.add(std::move(made));
  }
  if (status != NATS_OK) {
    return tl::unexpected(as_failure(status));
  }
  return {};
}

tl::expected<void, Failure> Connection::publish(const Outgoing& message) {
  if (message.reply.empty()) {
    return send(message, nullptr);
  }
  if (!is_subject(message.reply)) {
    return tl::unexpected(Failure::not_permitted);
  }
  reply_ = message.reply;
  return send(message, reply_.c_str());
}

tl::expected<void, Failure> Connection::request(const Outgoing& message, RequestId id) {
  inbox_.begin(id, reply_);
  tl::expected<void, Failure> sent = send(message, reply_.c_str());
  if (!sent) {
    inbox_.take_back(id);
  }
  return sent;
}

std::uint64_t Connection::ping() {
  const std::string subject = made_.inbox + "." + kPing + std::to_string(last_ping_ + 1);
  if (!send(Outgoing{.subject = subject}, nullptr)) {
    return 0;
  }
  return ++last_ping_;
}

std::string Connection::handover_subject() const {
  return made_.inbox + "." + kHandover;
}

bool Connection::pinged(std::string_view subject) {
  if (subject.size() < made_.inbox.size() + 2 || !subject.starts_with(made_.inbox)) {
    return false;
  }
  if (subject.substr(made_.inbox.size() + 1) == std::string_view(&kHandover, 1)) {
    is_handed_over_ = true;
    return true;
  }
  if (subject[made_.inbox.size() + 1] != kPing) {
    return false;
  }
  const std::string_view digits = subject.substr(made_.inbox.size() + 2);
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  // Others may write to our inbox, if they can guess it: not beyond what was sent.
  last_pinged_ = std::max(last_pinged_, std::min(number, last_ping_));
  return true;
}

Result<void> Connection::subscribe(const Subscription& wanted) {
  natsSubscription* raw = nullptr;
  const natsStatus status =
      wanted.queue.empty()
          ? natsConnection_SubscribeSync(&raw, made_.connection.get(), wanted.subject.c_str())
          : natsConnection_QueueSubscribeSync(&raw, made_.connection.get(), wanted.subject.c_str(),
                                              wanted.queue.c_str());
  if (status != NATS_OK) {
    return failure("can't subscribe to " + wanted.subject + ": " + library_error(status));
  }
  Held held;
  held.subscription.reset(raw);
  static_cast<void>(natsSubscription_SetPendingLimits(raw, as_limit(options_.received_most / 256),
                                                      as_limit(options_.received_most)));
  held_.emplace(wanted.id, std::move(held));
  return {};
}

void Connection::unsubscribe(SubscriptionId id) {
  const auto found = held_.find(id);
  if (found == held_.end() || found->second.ends_with_ping != 0) {
    return;
  }
  {
    // The library starts a thread that waits for the server; all that is needed of it is that it
    // sends UNSUB and goes on taking what comes.
    const SignalsBlocked blocked;
    static_cast<void>(natsSubscription_Drain(found->second.subscription.get()));
  }
  ++ending_;
  found->second.ends_with_ping = ping();
  if (found->second.ends_with_ping == 0) {
    found->second.ends_with_ping = last_ping_ + 1;  // it ends with the connection
  }
}

void Connection::give(const std::function<void(SubscriptionId, natsMsg*)>& give,
                      const Inbox::Give& give_answer) {
  std::uint64_t come = count_come();
  come -= inbox_.give(come, spent_, give_answer);
  if (come == 0 && ending_ == 0) {
    return;
  }
  // A handler may subscribe, and end any of them.
  have_.clear();
  for (const auto& [id, held] : held_) {
    if (held.ends_with_ping != 0 || waiting_in(held.subscription.get()) > 0) {
      have_.push_back(id);
    }
  }
  for (const SubscriptionId id : have_) {
    natsSubscription* const subscription = held_.at(id).subscription.get();
    for (std::uint64_t left = waiting_in(subscription); left > 0; --left) {
      natsMsg* raw = nullptr;
      const natsStatus status = natsSubscription_NextMsg(&raw, subscription, 0);
      if (status == NATS_SLOW_CONSUMER) {
        ++left;  // told once, in the place of a message
      }
      if (status == NATS_OK) {
        LibraryMessage message(raw);
        give(id, raw);
        spent_.add(std::move(message));
      }
    }
    const std::uint64_t ping = held_.at(id).ends_with_ping;
    if (ping != 0 && (ping <= last_pinged_ || is_lost())) {
      dropped_by_ended_ += dropped_by(subscription);
      held_.erase(id);
      --ending_;
    }
  }
}

/// Messages that have come since it was asked last; more, where the library can't say.
std::uint64_t Connection::count_come() {
  std::uint64_t count = 0;
  std::uint64_t unused = 0;
  if (natsConnection_GetStats(made_.connection.get(), statistics_.get()) != NATS_OK ||
      natsStatistics_GetCounts(statistics_.get(), &count, &unused, &unused, &unused, &unused) !=
          NATS_OK) {
    return UINT64_MAX;
  }
  return count - std::exchange(come_, count);
}

std::uint64_t Connection::dropped() const {
  std::uint64_t sum = dropped_by_ended_ + dropped_by(made_.answers.get()) + inbox_.dropped();
  for (const auto& [id, held] : held_) {
    sum += dropped_by(held.subscription.get());
  }
  return sum;
}

bool Connection::read() {
  const int fd = made_.channel->fd;
  if (fd < 0) {
    return false;
  }
  if (made_.tls) {
    // In the end it is read all the same, and lost if that takes long: nothing may stay for ever.
    constexpr std::chrono::seconds kLongestRest{1};
    if (!has_whole_record(fd) && Clock::now() - kLongestRest < rest_since_) {
      rest_since_ = has_unread(fd) ? std::min(rest_since_, Clock::now()) : kNoDeadline;
      return false;
    }
    rest_since_ = kNoDeadline;
    const WatchedCall watched(fd);
    errno = 0;  // the library looks at it where TLS says nothing
    natsConnection_ProcessReadEvent(made_.connection.get());
  } else {
    natsConnection_ProcessReadEvent(made_.connection.get());
  }
  last_heard_ = Clock::now();
  return true;
}

void Connection::write() {
  const int fd = made_.channel->fd;
  waits_for_room_ = false;
  if (!made_.channel->writes || fd < 0) {
    return;
  }
  if (made_.tls) {
    const int unsent = natsConnection_Buffered(made_.connection.get());
    if (unsent > 0 && !has_room_for(fd, static_cast<std::size_t>(unsent))) {
      waits_for_room_ = true;
      return;
    }
    const WatchedCall watched(fd);
    errno = 0;
    natsConnection_ProcessWriteEvent(made_.connection.get());
    return;
  }
  natsConnection_ProcessWriteEvent(made_.connection.get());
  const bool unsent = made_.channel->writes;
  if (unsent != watches_writing_ && !is_lost()) {
    watch(unsent ? process::WatchSet::Readiness::both : process::WatchSet::Readiness::read);
  }
}

}  // namespace kamexec::nats
