// SPDX-License-Identifier: GPL-2.0-or-later
#include <optional>

#include "base/printable.h"
#include "nats/library_link.h"
#include "nats/refusal.h"

namespace kamexec::nats {
namespace {

class LibraryIncoming final : public Incoming {
 public:
  LibraryIncoming(natsMsg* message, ConnectionId over) : message_(message), over_(over) {}
  [[nodiscard]] std::string_view subject() const override {
    return as_view(natsMsg_GetSubject(message_));
  }
  [[nodiscard]] std::string_view reply() const override {
    return as_view(natsMsg_GetReply(message_));
  }
  [[nodiscard]] std::string_view payload() const override {
    const int size = natsMsg_GetDataLength(message_);
    return size <= 0 ? std::string_view()
                     : std::string_view(natsMsg_GetData(message_), static_cast<std::size_t>(size));
  }
  [[nodiscard]] ConnectionId over() const override { return over_; }
  [[nodiscard]] std::string_view header(const char* name) const override {
    const char* value = nullptr;
    return natsMsgHeader_Get(message_, name, &value) == NATS_OK ? as_view(value)
                                                                : std::string_view();
  }

 private:
  static std::string_view as_view(const char* text) {
    return text == nullptr ? std::string_view() : std::string_view(text);
  }
  natsMsg* message_;
  ConnectionId over_;
};

}  // namespace

void LibraryLink::take_posts() {
  for (Post& post : posts_->take()) {
    Kept* const from = find(post.connection);
    if (from == nullptr) {
      continue;
    }
    switch (post.kind) {
      case Post::Kind::answer:
        take_posted(*from, post.message.get());
        break;
      case Post::Kind::refused:
        refuse(post.connection, post.text);
        break;
      case Post::Kind::dropped:
        counts_dropped_ = true;
        break;
      case Post::Kind::lame_duck:
        if (post.connection == current_) {
          connector_.avoid(from->connection->server());
          connector_.want(true);
        }
        break;
    }
  }
}

void LibraryLink::take_posted(Kept& from, natsMsg* message) {
  const std::string_view subject = LibraryIncoming(message, from.connection->number()).subject();
  if (!from.connection->pinged(subject)) {
    answer(from.connection->number(), from.connection->request_of(subject),
           natsMsg_IsNoResponders(message) ? nullptr : message);
  }
}

/// @p message: nullptr: nobody responds.
void LibraryLink::answer(ConnectionId over, RequestId id, natsMsg* message) {
  std::optional<Request> request;
  if (id != 0) {
    request = requests_.take(id);
  }
  if (!request) {
    ++state_.late;
  } else if (message == nullptr) {
    call(request->failed, Trouble{Failure::no_responders, {}});
  } else {
    call(request->answered, LibraryIncoming(message, over));
  }
}

void LibraryLink::refuse(std::uint64_t connection, const std::string& text) {
  const Refusal refusal = read_refusal(text);
  if (refusal.publishes) {
    for (auto& [number, kept] : connections_) {
      if (kept.connection->pinged(refusal.subject)) {
        return;  // who may not write to the own inbox gets this in the place of the answer
      }
    }
    for (const RequestId id : requests_.sent_over(connection, refusal.subject)) {
      fail(id, Failure::not_permitted, text);
    }
  }
  state_.trouble = printable(text, 300);
}

void LibraryLink::give_messages(Kept& from) {
  const ConnectionId over = from.connection->number();
  from.connection->give(
      [this, over](SubscriptionId id, natsMsg* message) {
        const auto found = subscriptions_.find(id);
        if (found != subscriptions_.end()) {
          const std::shared_ptr<Subscription> subscription = found->second;
          call(subscription->handler, LibraryIncoming(message, over));
        }
      },
      [this, over](RequestId id, natsMsg* message) { answer(over, id, message); });
}

void LibraryLink::read(std::uint64_t number) {
  if (Kept* const from = find(number); from != nullptr) {
    from->connection->write();
    if (from->connection->read()) {
      from->unanswered = 0;
      give_messages(*from);
    }
  }
}

void LibraryLink::send_kept() {
  for (const RequestId id : requests_.kept()) {
    Connection* const connection = current();
    if (connection == nullptr) {
      fail(id, Failure::not_connected, {});
      continue;
    }
    if (!requests_.has(id)) {
      continue;  // a handler has forgotten it
    }
    const KeptMessage& kept = *requests_.get(id).kept;
    std::vector<Header> headers;
    headers.reserve(kept.headers.size());
    for (const auto& [name, value] : kept.headers) {
      headers.push_back(Header{name, value});
    }
    const auto sent = connection->request(
        Outgoing{.subject = kept.subject, .headers = headers, .payload = kept.payload}, id);
    if (sent) {
      requests_.sent(id, connection->number());
    } else {
      fail(id, sent.error(), {});
    }
  }
}

void LibraryLink::time_out(TimePoint now) {
  for (const RequestId id : requests_.due(now)) {
    if (!requests_.has(id)) {
      continue;  // a handler has forgotten it
    }
    // What is kept was never sent, which the caller may act on.
    const bool was_sent = !requests_.get(id).kept;
    fail(id, was_sent ? Failure::timed_out : Failure::not_connected,
         was_sent ? std::string_view() : std::string_view(state_.trouble));
  }
}

/// Takes one out that wasn't answered.
std::optional<Request> LibraryLink::end(RequestId id) {
  std::optional<Request> request = requests_.take(id);
  if (request && !request->kept) {
    if (Kept* const sent_over = find(request->connection); sent_over != nullptr) {
      sent_over->connection->forget(id);
    }
  }
  return request;
}

void LibraryLink::fail(RequestId id, Failure failure, std::string_view detail) {
  if (const std::optional<Request> request = end(id); request) {
    call(request->failed, Trouble{failure, printable(detail, 300)});
  }
}

}  // namespace kamexec::nats
