// SPDX-License-Identifier: GPL-2.0-or-later
// The part of a Client that its connections are: which is written to, which are only read, and what
// becomes of their requests.
#include <algorithm>
#include <exception>
#include <utility>

#include <cerrno>

#include "service/client_calls.h"

namespace kamexec::service {

tl::expected<Connection*, process::Outcome> Client::connected() {
  if (current_) {
    return current_.get();
  }
  auto opened = Connection::open(options_.socket, connections_made_ + 1, options_.reply_limit);
  if (!opened) {
    return tl::unexpected<process::Outcome>(std::move(opened.error()));
  }
  const int error =
      watches_.add((*opened)->fd(), process::WatchSet::Readiness::read, connections_made_ + 1);
  if (error != 0) {
    return tl::unexpected<process::Outcome>(process::Outcome::not_started(
        system_error("the connection to the service can't be watched", error)));
  }
  ++connections_made_;
  ++counters_.connections;
  current_ = std::move(*opened);
  writing_watched_ = false;
  return current_.get();
}

Connection* Client::find_connection(std::uint64_t number) {
  if (current_ && current_->number() == number) {
    return current_.get();
  }
  const auto found = std::find_if(draining_.begin(), draining_.end(),
                                  [number](const auto& one) { return one->number() == number; });
  return found == draining_.end() ? nullptr : found->get();
}

/// Sends what the kernel takes. What a connection turns away goes over a new one.
void Client::flush() noexcept {
  while (current_ && current_->unsent() > 0) {
    const Connection::Written written = current_->write([this](Key key) {
      if (Call* const call = key == Connection::kNobody ? nullptr : find(key)) {
        call->sent = true;
        call->connection = current_->number();
        ++current_->waiting;
      }
    });
    if (written == Connection::Written::turned_away) {
      move_on(false);
    } else if (watch_writing(written == Connection::Written::some)) {
      return;
    } else {
      move_on(true);
    }
  }
}

/// Of the current connection. false: it can't be watched.
bool Client::watch_writing(bool wanted) noexcept {
  if (wanted == writing_watched_) {
    return true;
  }
  using Readiness = process::WatchSet::Readiness;
  watches_.remove(current_->fd());
  writing_watched_ = wanted;
  return watches_.add(current_->fd(), wanted ? Readiness::both : Readiness::read,
                      current_->number()) == 0;
}

/// The current connection takes no more requests; @p lost: nor do replies come from it. What it has
/// not been sent goes over a new one, if it is the first time.
void Client::move_on(bool lost) noexcept {
  std::unique_ptr<Connection> old = std::move(current_);
  if (lost) {
    fail_sent(*old);
  }
  old->for_unsent([this](Key key, std::string_view text) {
    if (Call* const call = key == Connection::kNobody ? nullptr : find(key)) {
      move(key, *call, text);
    }
  });
  if (!lost && old->waiting > 0 && draining_.size() < kMostDraining) {
    draining_.push_back(std::move(old));
    return;
  }
  ++counters_.lost;
  if (!lost) {
    fail_sent(*old);
  }
  watches_.remove(old->fd());
}

/// Has an unsent call wait on a new connection.
void Client::move(Key key, Call& call, std::string_view text) noexcept {
  if (std::exchange(call.moved, true)) {
    finish(key, call, outcome_of(process::Cause::not_started, [this] {
             return process::Outcome::not_started(
                 Error{"the service at " + options_.socket +
                           " closed two connections before the request was sent",
                       EPIPE});
           }));
    return;
  }
  try {
    const auto to = connected();
    if (!to) {
      finish(key, call, to.error());
      return;
    }
    static_cast<void>((*to)->add(key, [text](std::string& out) {
      out += text;
      return true;
    }));
    ++counters_.moved;
  } catch (const std::exception&) {
    finish(key, call, process::Outcome::short_of_memory(process::Cause::refused));
  }
}

/// Nothing more comes from @p connection.
void Client::fail_sent(const Connection& connection) noexcept {
  const auto fail = [&](Key key, Call& call) {
    if (call.sent && call.connection == connection.number()) {
      finish(key, call, connection.lost());
    }
  };
  if (waited_for_ != nullptr && !waited_for_->over) {
    fail(waited_for_->key, *waited_for_);
  }
  if (connection.waiting > 0) {
    jobs_.for_each([&](Job& job) {
      if (job.state != process::JobState::finished) {
        fail(2 * job.id, job);
      }
    });
  }
}

void Client::receive(Connection& from, Connection::Wait wait) {
  reading_ = &from;
  const Connection::Received received = from.receive(*this, buffer_, wait);
  reading_ = nullptr;
  if (received != Connection::Received::lost) {
    return;
  }
  try {
    last_fault_ = from.lost().detail;
  } catch (const std::exception&) {
    last_fault_.clear();
  }
  if (&from == current_.get()) {
    move_on(true);
    flush();
    return;
  }
  const auto found = std::find_if(draining_.begin(), draining_.end(),
                                  [&from](const auto& one) { return one.get() == &from; });
  fail_sent(from);
  drop(found);
}

void Client::drop(std::vector<std::unique_ptr<Connection>>::iterator connection) noexcept {
  ++counters_.lost;
  watches_.remove((*connection)->fd());
  draining_.erase(connection);
}

/// Closes the connections that nobody waits for any more.
void Client::drop_drained() noexcept {
  for (auto one = draining_.begin(); one != draining_.end();) {
    if ((*one)->waiting > 0) {
      ++one;
    } else {
      drop(one);  // what follows has moved up
    }
  }
}

}  // namespace kamexec::service
