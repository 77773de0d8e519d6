// SPDX-License-Identifier: GPL-2.0-or-later
#include "nats/inbox.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace kamexec::nats {
namespace {

constexpr std::size_t kFewestPlaces = 4;

/// 0: they are none.
RequestId number_in(std::string_view digits) {
  RequestId id = 0;
  const char* const end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, id);
  return error == std::errc() && at == end ? id : 0;
}

void append_number(std::string& to, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  to.append(digits.data(), end);
}

}  // namespace

void Inbox::begin(RequestId id, std::string& reply) {
  std::size_t place = first_free();
  if (place == places_.size()) {
    free_forgotten();
    place = first_free();
  }
  reply = name_;
  if (place < places_.size()) {
    places_[place].request = id;
    places_[place].forgotten = false;
    reply += '.';
    append_number(reply, place);
  } else {
    add_places();
  }
  reply += '.';
  append_number(reply, id);
  last_sent_ = id;
}

/// places_.size(): none is free.
std::size_t Inbox::first_free() const {
  const auto found = std::find_if(places_.begin(), places_.end(), [this](const Place& place) {
    return place.request == 0 && place.known_after < last_heard_;
  });
  return static_cast<std::size_t>(found - places_.begin());
}

/// The server says by itself at once that nobody responds, and in the order of what it gets: that
/// can't come any more for what was sent before something that was heard of.
void Inbox::free_forgotten() {
  for (Place& place : places_) {
    if (place.forgotten && place.request < last_heard_) {
      place.request = 0;
    }
  }
}

/// As many as there are, unless the last ones aren't known yet.
void Inbox::add_places() {
  if (!places_.empty() && places_.back().known_after >= last_heard_) {
    return;
  }
  places_.reserve(kMostPlaces);
  const std::size_t wanted = std::clamp(2 * places_.size(), kFewestPlaces, kMostPlaces);
  while (places_.size() < wanted) {
    const std::string subject = name_ + "." + std::to_string(places_.size()) + ".*";
    natsSubscription* raw = nullptr;
    if (natsConnection_SubscribeSync(&raw, connection_, subject.c_str()) != NATS_OK) {
      return;
    }
    static_cast<void>(natsSubscription_SetPendingLimits(raw, -1, most_bytes_));
    places_.push_back({.subscription = LibrarySubscription(raw), .known_after = last_sent_});
  }
}

Inbox::Place* Inbox::find(RequestId id) {
  const auto found = std::find_if(places_.begin(), places_.end(),
                                  [id](const Place& place) { return place.request == id; });
  return found == places_.end() ? nullptr : &*found;
}

void Inbox::take_back(RequestId id) {
  if (Place* const place = find(id); place != nullptr) {
    place->request = 0;
  }
}

void Inbox::forget(RequestId id) {
  if (Place* const place = find(id); place != nullptr) {
    place->forgotten = true;
  }
}

RequestId Inbox::heard(std::string_view subject) {
  if (subject.size() <= name_.size() + 1 || !subject.starts_with(name_)) {
    return 0;
  }
  const RequestId id = number_in(subject.substr(name_.size() + 1));
  note_heard(id);
  return id;
}

void Inbox::note_heard(RequestId id) {
  // Others may write to our inbox, if they can guess it: not beyond what was sent.
  last_heard_ = id <= last_sent_ ? std::max(last_heard_, id) : last_heard_;
}

std::uint64_t Inbox::give(std::uint64_t most, SpentMessages& spent, const Give& give) {
  std::uint64_t given = 0;
  for (std::size_t i = 0; given < most && i < places_.size(); ++i) {
    natsSubscription* const subscription = places_[i].subscription.get();
    std::uint64_t left = 0;
    if (natsSubscription_QueuedMsgs(subscription, &left) != NATS_OK) {
      continue;
    }
    for (; left > 0 && given < most; --left) {
      natsMsg* raw = nullptr;
      const natsStatus status = natsSubscription_NextMsg(&raw, subscription, 0);
      LibraryMessage message(raw);
      RequestId id = places_[i].request;
      if (status == NATS_SLOW_CONSUMER) {
        ++left;  // told once, in the place of a message
        continue;
      }
      if (status != NATS_OK && status != NATS_NO_RESPONDERS) {
        break;  // the connection has ended
      }
      ++given;
      if (status == NATS_OK) {
        const std::string_view subject = natsMsg_GetSubject(raw);
        id = number_in(subject.substr(subject.rfind('.') + 1)) == id ? id : 0;
      }
      if (id != 0) {
        note_heard(id);
        places_[i].request = 0;
      }
      give(id, raw);
      if (message) {
        spent.add(std::move(message));
      }
    }
  }
  return given;
}

std::uint64_t Inbox::dropped() const {
  std::uint64_t sum = 0;
  for (const Place& place : places_) {
    std::int64_t count = 0;
    if (natsSubscription_GetDropped(place.subscription.get(), &count) == NATS_OK && count > 0) {
      sum += static_cast<std::uint64_t>(count);
    }
  }
  return sum;
}

}  // namespace kamexec::nats
